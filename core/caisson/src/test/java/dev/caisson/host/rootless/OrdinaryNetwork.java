package dev.caisson.host.rootless;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Engine;
import dev.caisson.Protocol;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** What {@link OrdinaryNetworkTest} runs as an ordinary user: one method a scenario, each line it prints an answer. */
public final class OrdinaryNetwork extends Scenarios {

    private OrdinaryNetwork() {}

    /** @param args a root file system, then the names of scenarios */
    public static void main(String[] args) throws Exception {
        run(OrdinaryNetwork.class, args);
    }

    private static ContainerBuilder busybox(Engine engine, String... words) {
        return engine.rootfs(root).command(words).stopTimeout(Duration.ZERO);
    }

    private static String get(URI where) throws InterruptedException {
        for (int i = 0; i < 300; i++) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress("127.0.0.1", where.getPort()), 1000);
                socket.setSoTimeout(1000);
                socket.getOutputStream().write("GET /etc/os-release HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                if (answer.contains("200 OK")) {
                    return "served";
                }
            } catch (IOException e) {
                // not yet
            }
            Thread.sleep(100);
        }
        return "nothing";
    }

    static void published(Engine engine) throws Exception {
        try (Container web = busybox(engine, "/bin/busybox", "httpd", "-f", "-p", "80", "-h", "/").port(80).port("127.0.0.1", 0, 80).run()) {
            say("served", get(web.uri(80)));
            say("address", web.ipAddress() + " " + web.exec("/bin/ip", "-4", "-o", "addr", "show", "dev", "eth0").run().stdout().contains("inet 10.0.2.100/24"));
            say("resolv", web.exec("/bin/busybox", "cat", "/etc/resolv.conf").run().stdout());
            say("hosts", web.exec("/bin/busybox", "cat", "/etc/hosts").run().stdout().contains("10.0.2.100\t"));
            int port = web.port(80);
            say("taken", refused(() -> busybox(engine, "/bin/sleep", "9").port(port, 80).run()));
            web.restart();
            say("again", get(web.uri(80)) + " " + (web.port(80) == port));
            web.stop();
            say("free", refused(() -> {
                web.remove();
                new ServerSocket(port).close();
                return "it is";
            }));
        }
    }

    /** Says back what it is told: a program of the host's, since busybox has none. */
    private static ContainerBuilder echo(Engine engine) {
        return engine.hostRoot().stopTimeout(Duration.ZERO).command("/usr/bin/python3", "-c", "import socket; s = socket.socket(type=socket.SOCK_DGRAM);"
                + " s.bind(('', 7))\nwhile True: m, a = s.recvfrom(9); s.sendto(m, a)");
    }

    static void datagrams(Engine engine) throws Exception {
        try (Container server = echo(engine).port(0, 7, Protocol.UDP).run(); Container local = echo(engine).port("198.51.100.1", 0, 7, Protocol.UDP).run()) {
            int port = server.port(7, Protocol.UDP);
            say("answered", tell(port) + " " + tell(local.port(7, Protocol.UDP)));
            say("taken", refused(() -> busybox(engine, "/bin/sleep", "9").port(port, 7, Protocol.UDP).run()));
            server.restart();
            say("again", tell(port) + " " + (server.port(7, Protocol.UDP) == port));
            server.remove();
            say("free", refused(() -> {
                new DatagramSocket(port).close();
                return "it is";
            }));
        }
    }

    private static String tell(int port) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(250);
            byte[] words = "hello".getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 120; i++) {
                socket.send(new DatagramPacket(words, words.length, InetAddress.getByName("198.51.100.1"), port));
                DatagramPacket answer = new DatagramPacket(new byte[99], 99);
                try {
                    socket.receive(answer);
                    return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII);
                } catch (SocketTimeoutException e) {
                    // it has not begun yet
                }
            }
            return "nothing";
        }
    }

    /** Out to an address of the host, not to its loopback. It says nothing, and does not hang up first: who does waits for ever behind the pasta of Debian 12 at times. */
    static void outward(Engine engine) throws Exception {
        for (String where : new String[] {"198.51.100.1", "127.0.0.1"}) {
            try (ServerSocket server = new ServerSocket(0, 9, InetAddress.getByName(where))) {
                Thread answers = new Thread(() -> {
                    try (Socket socket = server.accept()) {
                        socket.getOutputStream().write("hello\n".getBytes(StandardCharsets.US_ASCII));
                    } catch (IOException e) {
                        // nobody came
                    }
                });
                answers.start();
                String to = where.startsWith("127") ? "10.0.2.2" : where;
                say(where.startsWith("127") ? "toLoopback" : "toAddress", busybox(engine, "/bin/sh", "-c", "sleep 6 | /bin/busybox timeout 30 /bin/busybox nc -w 6 " + to + " " + server.getLocalPort() + "; true").network("bridge").execute().stdout());
                server.close();
                answers.join();
            }
        }
    }

    static void refusals(Engine engine) throws Exception {
        say("network", refused(() -> engine.networks().create("app")));
        say("shared", refused(() -> busybox(engine, "/bin/true").network("container:x").execute()));
        say("bandwidth", refused(() -> busybox(engine, "/bin/true").network("bridge").bandwidth("1mbit", "").execute()));
        say("egress", refused(() -> busybox(engine, "/bin/true").egress(e -> e.denyAll()).execute()));
        try (Container running = busybox(engine, "/bin/sleep", "600").network("bridge").run()) {
            say("egress of one that runs", refused(() -> {
                running.egress(e -> e.denyAll());
                return "it is";
            }));
        }
        say("exposed", refused(() -> busybox(engine, "/bin/true").exposeHostPort(9).execute()));
        say("udpLoopback", refused(() -> busybox(engine, "/bin/true").port("127.0.0.1", 0, 7, Protocol.UDP).execute()));
        say("udpTwice", refused(() -> busybox(engine, "/bin/true").port(0, 7, Protocol.UDP).port(0, 7, Protocol.UDP).execute()));
        say("low", refused(() -> busybox(engine, "/bin/true").port(80, 80).execute()));
    }

    static void port(Engine engine) throws Exception {
        say("port", refused(() -> busybox(engine, "/bin/true").port(80).execute()));
    }

    static void udp(Engine engine) throws Exception {
        say("udp", refused(() -> busybox(engine, "/bin/true").port(0, 7, Protocol.UDP).execute()));
    }

    /** Somebody kills pasta, which a shell of the JVM's holds; its end is heard when nobody listens to it any more. */
    static void killed(Engine engine) throws Exception {
        try (Container web = busybox(engine, "/bin/busybox", "httpd", "-f", "-p", "80", "-h", "/").port(80).run()) {
            say("first", get(web.uri(80)));
            ProcessHandle.current().children().filter(p -> p.info().command().filter(c -> c.endsWith("sh")).isPresent()).flatMap(ProcessHandle::children).forEach(ProcessHandle::destroyForcibly);
            for (int i = 0; i < 300 && Thread.getAllStackTraces().keySet().stream().anyMatch(t -> t.getName().startsWith("caisson-stderr-")); i++) {
                Thread.sleep(100);
            }
            say("pid", web.pid());
            web.restart();
            say("again", get(web.uri(80)));
        }
    }

    static void hang(Engine engine) throws Exception {
        Container web = busybox(engine, "/bin/busybox", "httpd", "-f", "-p", "80", "-h", "/").port(80).run();
        say("running", web.port(80));
        Thread.sleep(Duration.ofMinutes(5).toMillis()); // it is killed
    }
}
