package dev.caisson.network.egress;

import dev.caisson.linux.Fd;
import dev.caisson.linux.Namespaces;
import dev.caisson.network.loop.ChannelLoop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where connections on ports of names are led to: a thread that lives in the router's network namespace, so that what it reaches is what the container itself could, and
 * never the host's loopback. A socket for each port that is meant, so that which one it was is known. Tells what the firewall refused, too.
 */
final class Proxy implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.network");
    private static final int TICK_MILLIS = 200;
    private static final int PATIENCE_SECONDS = 10;
    private static final int BACKLOG = 512;
    private static final int SESSIONS = 2048;
    private static final int SESSIONS_EACH = 256;
    private static final Map<Integer, String> PROTOCOLS = Map.of(1, "icmp", Policy.TCP, "tcp", Policy.UDP, "udp", 58, "icmp");

    private final EgressControl control;
    private final EgressControl.Lookup lookup;
    private final ChannelLoop loop;
    private final Map<List<Object>, Integer> listeners = new HashMap<>();
    private final Set<Session> sessions = new HashSet<>();
    private final boolean six = Files.exists(Path.of("/proc/sys/net/ipv6"));
    private Optional<Refusals> refusals = Optional.empty();

    Proxy(String name, Fd router, EgressControl control, EgressControl.Lookup lookup) {
        this.control = control;
        this.lookup = lookup;
        loop = new ChannelLoop(name, "carrying connections under an egress policy", () -> {
            Namespaces.setns(router, Namespaces.Kind.NET); // for good: the thread ends there
            refusals = Refusals.open(Table.GROUP);
        }, new ChannelLoop.Work(key -> ((Runnable) key.attachment()).run(), () -> TICK_MILLIS, this::tick));
    }

    /** Whether the kernel has IPv6. */
    boolean six() {
        return six;
    }

    /** Whether packets that the firewall refuses are seen here. */
    boolean shown() {
        return refusals.isPresent();
    }

    /** Where connections to a TCP port are to be led, those of one family. */
    int listener(int meant, boolean ofSix) {
        return call(() -> {
            List<Object> key = List.of(meant, ofSix);
            Integer known = listeners.get(key);
            if (known == null) {
                known = listen(meant, ofSix ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
                listeners.put(key, known);
            }
            return known;
        });
    }

    private int listen(int meant, ProtocolFamily family) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open(family);
        try {
            channel.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[family == StandardProtocolFamily.INET6 ? 16 : 4]), 0), BACKLOG);
            channel.configureBlocking(false);
            channel.register(loop.selector(), SelectionKey.OP_ACCEPT, (Runnable) () -> accept(channel, meant));
            return channel.socket().getLocalPort();
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private <T> T call(Callable<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        submit(() -> {
            try {
                result.complete(work.call());
            } catch (Exception e) {
                result.completeExceptionally(e);
            }
        });
        try {
            return result.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            throw new dev.caisson.NetworkProblem(dev.caisson.Stage.NETWORK, "the proxy of an egress policy did not do its work in the router: " + e.getCause(), "", e);
        }
    }

    /** Has something done by the proxy's thread. */
    void submit(Runnable task) {
        loop.submit(task);
    }

    EgressControl control() {
        return control;
    }

    EgressControl.Lookup lookup() {
        return lookup;
    }

    Selector selector() {
        return loop.selector();
    }

    private void accept(ServerSocketChannel server, int meant) {
        try {
            SocketChannel client;
            try {
                client = server.accept();
            } catch (IOException e) {
                loop.rest(server.keyFor(loop.selector()));
                throw e;
            }
            if (client == null) {
                return;
            }
            byte[] from = ((InetSocketAddress) client.getRemoteAddress()).getAddress().getAddress();
            Optional<ContainerPolicy> policy = control.of(from);
            if (policy.isEmpty() || sessions.size() >= SESSIONS || sessions.stream().filter(s -> s.of(policy.get())).count() >= SESSIONS_EACH) {
                policy.ifPresent(p -> p.attempts().tell("tcp", "", "", meant, "too many connections are open"));
                client.close();
                return;
            }
            Session session = new Session(this, client, from, policy.get(), meant);
            sessions.add(session);
            session.begin();
        } catch (IOException e) {
            LOG.debug("a connection of a container with an egress policy: {}", e.toString());
        }
    }

    void over(Session session) {
        sessions.remove(session);
    }

    /** What was refused until now is told before this returns. */
    void catchUp() {
        call(() -> {
            refusals.ifPresent(r -> r.take().forEach(this::refused));
            return true;
        });
    }

    /** Ends the connections of an address, which is another's from now on. */
    void end(byte[] address) {
        submit(() -> new ArrayList<>(sessions).stream().filter(s -> Arrays.equals(s.from(), address)).forEach(Session::close));
    }

    private void tick(long now) {
        refusals.ifPresent(r -> r.take().forEach(this::refused));
        control.all().forEach(p -> p.expire(now));
        new ArrayList<>(sessions).forEach(s -> s.tick(now));
    }

    private void refused(Refusals.Packet packet) {
        String protocol = PROTOCOLS.getOrDefault(packet.protocol(), "" + packet.protocol());
        control.of(packet.from()).ifPresent(p -> p.attempts().tell(protocol, "", Net.text(packet.to()), packet.port(), "no rule allows this address"));
    }

    @Override
    public void close() {
        loop.stop();
        List.copyOf(sessions).forEach(Session::close);
        refusals.ifPresent(Refusals::close);
        loop.close();
    }
}
