package dev.caisson.network.resolver;

import dev.caisson.network.dns.BadMessage;
import dev.caisson.network.dns.Query;
import dev.caisson.network.dns.Reply;
import dev.caisson.network.loop.ChannelLoop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the questions of containers. The sockets they ask at belong to the router's network namespace, those to the name servers to the host's. One thread;
 * what one container can have under way is bounded, and so is the whole.
 */
public final class Resolver implements AutoCloseable {
    static final Duration SERVER_PATIENCE = Duration.ofSeconds(2);
    static final Duration IDLE = Duration.ofSeconds(15);
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.network");
    private static final int PORT = 53;
    private static final int UNDER_WAY = 1024;
    private static final int UNDER_WAY_EACH = 128;
    private static final int CONNECTIONS = 256;
    private static final int CONNECTIONS_EACH = 32;
    private static final int TICK_MILLIS = 250;
    private static final int PLAIN_UDP = 1232;
    private static final int AT_ONCE = 64;

    private final DatagramChannel udp;
    private final ServerSocketChannel tcp;
    private final IntFunction<Optional<Asker>> askers;
    private final Upstreams upstreams;
    private final ChannelLoop loop;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(0xffff);
    private final Set<Flow> flows = new HashSet<>();
    private final Map<String, Integer> underWay = new HashMap<>();
    private int underWayInAll;
    private final Map<String, Integer> connections = new HashMap<>();
    private int connectionsInAll;

    /**
     * Begins to answer. Call it from the host's network namespace.
     *
     * @param udp bound where containers ask; this closes it
     * @param tcp bound where containers ask; this closes it
     * @param askers the container that has an address
     * @param resolvConf the host's
     * @param ours addresses of the engine's own
     */
    public Resolver(String name, DatagramChannel udp, ServerSocketChannel tcp, IntFunction<Optional<Asker>> askers, Path resolvConf, Predicate<InetAddress> ours)
            throws IOException {
        this(name, udp, tcp, askers, new Upstreams(resolvConf, ours, PORT));
    }

    /** With upstreams of a test's. */
    Resolver(String name, DatagramChannel udp, ServerSocketChannel tcp, IntFunction<Optional<Asker>> askers, Upstreams upstreams) throws IOException {
        this.udp = udp;
        this.tcp = tcp;
        this.askers = askers;
        this.upstreams = upstreams;
        udp.configureBlocking(false);
        tcp.configureBlocking(false);
        loop = new ChannelLoop(name, "answering the questions of containers", () -> { }, new ChannelLoop.Work(this::serve, () -> TICK_MILLIS,
                now -> new ArrayList<>(flows).forEach(f -> f.tick(now))));
        udp.register(loop.selector(), SelectionKey.OP_READ, fixed(this::questions));
        tcp.register(loop.selector(), SelectionKey.OP_ACCEPT, fixed(this::accept));
        loop.selector().wakeup();
    }

    private interface Step {
        void run() throws IOException;
    }

    private static Flow fixed(Step step) {
        return new Flow() {
            @Override
            public void ready() throws IOException {
                step.run();
            }

            @Override
            public void tick(long now) {}

            @Override
            public void close() {}
        };
    }

    private void serve(SelectionKey key) {
        Flow flow = (Flow) key.attachment();
        try {
            if (key.isValid()) {
                flow.ready();
            }
        } catch (IOException | CancelledKeyException e) {
            if (flow instanceof TcpClient client) {
                drop(client);
            } else {
                LOG.debug("a question of a container: {}", e.toString());
            }
        }
    }

    /** A few at a time, so that a flood of questions does not keep answers from being read. */
    private void questions() throws IOException {
        for (int i = 0; i < AT_ONCE; i++) {
            buffer.clear();
            SocketAddress from = udp.receive(buffer);
            if (from == null) {
                return;
            }
            byte[] message = new byte[buffer.flip().remaining()];
            buffer.get(message);
            ask(message, address(from), false, reply -> send(reply, from));
        }
    }

    private void send(byte[] reply, SocketAddress to) {
        try {
            udp.send(ByteBuffer.wrap(reply), to);
        } catch (IOException e) {
            LOG.debug("an answer to {}: {}", to, e.toString()); // as if it were lost on the way
        }
    }

    private static int address(SocketAddress from) {
        byte[] bytes = ((InetSocketAddress) from).getAddress().getAddress();
        return bytes.length == 4 ? ByteBuffer.wrap(bytes).getInt() : 0;
    }

    private void accept() throws IOException {
        SocketChannel channel;
        try {
            channel = tcp.accept();
        } catch (IOException e) {
            loop.rest(tcp.keyFor(loop.selector()));
            throw e;
        }
        if (channel == null) {
            return;
        }
        int address = address(channel.getRemoteAddress());
        Optional<Asker> asker = askers.apply(address);
        if (asker.isEmpty() || connectionsInAll >= CONNECTIONS || connections.getOrDefault(asker.get().id(), 0) >= CONNECTIONS_EACH) {
            channel.close();
            return;
        }
        TcpClient client = new TcpClient(loop.selector(), channel, this, asker.get().id(), address);
        channel.configureBlocking(false);
        channel.register(loop.selector(), SelectionKey.OP_READ, client);
        flows.add(client);
        connections.merge(client.asker(), 1, Integer::sum);
        connectionsInAll++;
    }

    /** Ends a connection. */
    void drop(TcpClient client) {
        client.close();
        if (flows.remove(client)) {
            connectionsInAll--;
            connections.computeIfPresent(client.asker(), (id, n) -> n == 1 ? null : n - 1);
        }
    }

    /** Answers one question, at once or later; never when it is none, or nobody's. */
    void ask(byte[] message, int address, boolean overTcp, Consumer<byte[]> answer) {
        try {
            Query query = Query.parse(message);
            Optional<Asker> asker = askers.apply(address);
            if (query.response() || asker.isEmpty()) {
                return; // two resolvers that answer answers never end
            }
            int limit = overTcp ? 0xffff : Math.min(query.udpSize(), PLAIN_UDP);
            Optional<byte[]> known = Rules.answer(asker.get(), query, limit);
            if (known.isPresent()) {
                answer.accept(known.get());
            } else {
                askOn(new Exchange(message, query, asker.get().id(), upstreams.of(asker.get()), reply -> {
                    asker.get().answered(query.question(), reply);
                    answer.accept(reply);
                }), overTcp);
            }
        } catch (BadMessage e) {
            if (e.code() >= 0) {
                answer.accept(e.reply());
            }
        }
    }

    /** Asks the name servers of a container for an address of a name, on its behalf; called by any thread. @param answer is given the message, on the resolver's thread */
    public void lookup(int container, String name, int type, Consumer<byte[]> answer) {
        loop.submit(() -> lookup(container, Query.write(0, name, type), false, answer));
    }

    private void lookup(int container, byte[] message, boolean overTcp, Consumer<byte[]> answer) {
        try {
            Query query = Query.parse(message);
            Optional<Asker> asker = askers.apply(container);
            if (asker.isEmpty() || asker.get().host().isEmpty()) {
                answer.accept(Reply.of(query, Reply.SERVFAIL));
                return;
            }
            askOn(new Exchange(message, query, asker.get().id(), upstreams.of(asker.get()), reply -> {
                if (!overTcp && truncated(reply)) {
                    loop.submit(() -> lookup(container, message, true, answer)); // when this exchange is over
                } else {
                    answer.accept(reply);
                }
            }), overTcp);
        } catch (BadMessage e) {
            throw new IllegalStateException("a question of our own", e);
        }
    }

    private static boolean truncated(byte[] reply) {
        return (reply[2] & 2) != 0;
    }

    private void askOn(Exchange exchange, boolean overTcp) {
        String id = exchange.asker();
        if (underWayInAll >= UNDER_WAY || underWay.getOrDefault(id, 0) >= UNDER_WAY_EACH) {
            exchange.fail();
            return;
        }
        underWay.merge(id, 1, Integer::sum);
        underWayInAll++;
        Forward<?>[] self = new Forward<?>[1];
        Runnable ended = () -> {
            flows.remove(self[0]);
            underWayInAll--;
            underWay.computeIfPresent(id, (k, n) -> n == 1 ? null : n - 1);
        };
        self[0] = overTcp ? new TcpForward(loop.selector(), exchange, ended) : new UdpForward(loop.selector(), exchange, buffer, ended);
        flows.add(self[0]);
        self[0].start();
    }

    @Override
    public void close() {
        loop.stop();
        List.copyOf(flows).forEach(Flow::close);
        loop.close();
    }
}
