package dev.caisson.network.egress;

import dev.caisson.network.dns.Answers;
import dev.caisson.network.dns.Question;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a container: it says whom it means, that name is looked up, and what follows goes there. Where the container thought the name was does not matter. On the
 * proxy's thread alone.
 */
final class Session {
    private static final long GREETING_NANOS = 10_000_000_000L;
    private static final long CONNECT_NANOS = 5_000_000_000L;
    private static final byte[] TUNNEL = "HTTP/1.1 200 Connection established\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    /** TLS's fatal alert access_denied (RFC 8446 6). */
    private static final byte[] DENIED = {21, 3, 3, 0, 2, 2, 49};

    private final Proxy proxy;
    private final SocketChannel client;
    private final byte[] from;
    private final ContainerPolicy policy;
    private final int accepted;
    private final ByteBuffer greeting = ByteBuffer.allocate(Greeting.MOST);
    /** Whom it means, once that is said; the name of a tunnel stays. */
    private String name = "";
    private int port;
    private String protocol = "tcp";
    private boolean tunnel;
    private boolean closed;
    private final Deque<InetSocketAddress> targets = new ArrayDeque<>();
    private @Nullable SocketChannel server;
    private @Nullable Relay relay;
    private Optional<Request> request = Optional.empty();
    private long deadline = System.nanoTime() + GREETING_NANOS;

    /** @param from its address; @param port that it meant */
    Session(Proxy proxy, SocketChannel client, byte[] from, ContainerPolicy policy, int port) {
        this.proxy = proxy;
        this.client = client;
        this.from = from;
        this.policy = policy;
        this.port = port;
        this.accepted = port;
    }

    boolean of(ContainerPolicy other) {
        return policy == other;
    }

    byte[] from() {
        return from;
    }

    void begin() {
        try {
            prepare(client);
            client.register(proxy.selector(), SelectionKey.OP_READ, (Runnable) this::ready);
        } catch (IOException e) {
            close();
        }
    }

    private static void prepare(SocketChannel channel) throws IOException {
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    }

    private void ready() {
        try {
            if (closed) {
                return;
            }
            if (relay != null) {
                relay.ready();
            } else if (server != null) {
                connected(server);
            } else {
                greet();
            }
        } catch (IOException e) {
            close();
        }
    }

    private void greet() throws IOException {
        if (client.read(greeting) < 0) {
            close();
            return;
        }
        judge();
    }

    private void judge() throws IOException {
        Greeting said = Greeting.read(greeting.array(), greeting.position());
        if (said instanceof Greeting.Unfinished && !greeting.hasRemaining()) {
            said = new Greeting.Bad("tcp", "", "it has said no name after " + Greeting.MOST + " bytes");
        }
        if (said instanceof Greeting.Bad bad) {
            protocol = bad.protocol();
            refuse(bad.name(), bad.reason());
        } else if (said instanceof Greeting.Connect connect) {
            connect(connect);
        } else if (said instanceof Greeting.Tls tls) {
            meant("tls", tls.name());
        } else if (said instanceof Greeting.Http http) {
            request = Optional.of(http.request());
            meant("http", http.request().name());
        }
    }

    /** The tunnel is the proxy's own: what is said in it is judged like any connection. */
    private void connect(Greeting.Connect connect) throws IOException {
        protocol = "connect";
        if (tunnel || !policy.policy().names(connect.name(), connect.port())) {
            port = connect.port();
            refuse(connect.name(), tunnel ? "a tunnel in a tunnel" : "no rule allows this name and port");
            return;
        }
        tunnel = true;
        name = connect.name();
        port = connect.port();
        client.write(ByteBuffer.wrap(TUNNEL)); // the first bytes to an empty socket
        greeting.flip().position(connect.length());
        greeting.compact();
        deadline = System.nanoTime() + GREETING_NANOS;
        judge();
    }

    private void meant(String spoken, String said) throws IOException {
        protocol = spoken;
        if (tunnel && !said.equals(name)) {
            refuse(said, "the tunnel is for " + name);
        } else if (!policy.policy().names(said, port)) {
            refuse(said, "no rule allows this name and port");
        } else {
            name = said;
            interest(client, 0);
            deadline = System.nanoTime() + GREETING_NANOS;
            List<byte[]> known = policy.known(name, from.length);
            if (known.isEmpty()) {
                ask(from.length == 4 ? Question.A : Question.AAAA);
            } else {
                lead(known);
            }
        }
    }

    private void ask(int type) {
        proxy.lookup().ask(policy.asker(), name, type, reply -> proxy.submit(() -> answered(type, Answers.parse(reply).addresses())));
    }

    private void answered(int type, List<byte[]> addresses) {
        if (closed) {
            return;
        }
        if (addresses.isEmpty() && type == Question.AAAA) {
            ask(Question.A);
            return;
        }
        try {
            lead(addresses);
        } catch (IOException e) {
            close();
        }
    }

    private void lead(List<byte[]> addresses) throws IOException {
        String why = "the name was not answered";
        for (byte[] address : addresses) {
            Optional<String> barred = proxy.control().barred(policy.policy(), address, port, Policy.TCP);
            if (barred.isPresent()) {
                why = barred.get();
            } else {
                targets.add(new InetSocketAddress(InetAddress.getByAddress(address), port));
            }
        }
        if (targets.isEmpty()) {
            refuse(name, why);
            return;
        }
        policy.attempts().tell(protocol, name, targets.getFirst().getAddress().getHostAddress(), port, "");
        next();
    }

    /** Tries the next address. */
    private void next() {
        InetSocketAddress target;
        while ((target = targets.poll()) != null) {
            SocketChannel opened = null;
            try {
                opened = SocketChannel.open();
                server = opened;
                prepare(opened);
                deadline = System.nanoTime() + CONNECT_NANOS;
                opened.connect(target);
                opened.register(proxy.selector(), SelectionKey.OP_CONNECT, (Runnable) this::ready);
                return;
            } catch (IOException | RuntimeException e) {
                quietly(opened);
            }
        }
        close();
    }

    private void connected(SocketChannel opened) throws IOException {
        try {
            if (!opened.finishConnect()) {
                return;
            }
        } catch (IOException e) {
            quietly(opened);
            next();
            return;
        }
        greeting.flip();
        Relay begun = new Relay(proxy.selector(), client, opened, greeting, request, this::close);
        relay = begun;
        begun.ready();
    }

    /** @param said as far as it is known */
    private void refuse(String said, String why) throws IOException {
        policy.attempts().tell(protocol, said, "", port, why);
        if (protocol.equals("tls")) {
            client.write(ByteBuffer.wrap(DENIED));
        } else if (protocol.equals("http") || protocol.equals("connect")) {
            String text = "The egress policy of this container refuses " + (said.isEmpty() ? "this" : said + ":" + port) + ": " + why + ".\n";
            client.write(ByteBuffer.wrap(("HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: " + text.length() + "\r\n\r\n" + text)
                    .getBytes(StandardCharsets.ISO_8859_1)));
        }
        close();
    }

    private void interest(SocketChannel channel, int operations) {
        SelectionKey key = channel.keyFor(proxy.selector());
        if (key != null && key.isValid()) {
            key.interestOps(operations);
        }
    }

    void tick(long now) {
        if (relay != null || closed || now - deadline < 0) {
            return;
        }
        if (server != null) {
            quietly(server);
            next();
        } else {
            policy.attempts().tell(protocol, name, "", port == 0 ? accepted : port, name.isEmpty() ? "it has said no name within 10 s" : "the name was not answered");
            close();
        }
    }

    void close() {
        if (!closed) {
            closed = true;
            quietly(client);
            quietly(server);
            proxy.over(this);
        }
    }

    private static void quietly(@Nullable SocketChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // it is closed then
            }
        }
    }
}
