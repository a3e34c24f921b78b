package dev.caisson.benchmarks;

import dev.caisson.Container;
import dev.caisson.Engine;
import dev.caisson.Network;
import dev.caisson.Stage;
import dev.caisson.testkit.hosts.NetworkSpace;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What being on a bridge costs: a start with a published port beside one without a network and beside {@link ProcessBuilder}, in turn; what iperf3 carries between containers and to a
 * published port beside a bare veth pair; names a second; and of all but names what docker does. To be run in a network namespace of its own.
 */
public final class Networking {
    private static final String SECONDS = "3";
    private static final int DOCKER_ROUNDS = 10;
    private static final Pattern RATE = Pattern.compile("\"sum_received\":\\s*\\{[^}]*?\"bits_per_second\":\\s*([0-9.e+]+)");
    private static final String ASK = """
            import socket, struct, sys, time
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.connect((sys.argv[1], 53))
            q = struct.pack('!HHHHHH', 7, 0x100, 1, 0, 0, 0) + b'\\x06server\\0' + struct.pack('!HH', 1, 1)
            s.settimeout(0.1)
            for i in range(32): s.send(q)
            n, end = 0, time.time() + 3
            while time.time() < end:
                try:
                    m = s.recv(512)
                    assert m[3] & 15 == 0 and m[7] == 1, m
                    s.send(q); n += 1
                except TimeoutError:
                    for i in range(32): s.send(q)
            print(n // 3)
            """;

    private Networking() {}

    /** @param args rounds (default 100) */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 100;
        Path work = Files.createTempDirectory("caisson-networking-");
        try {
            Path rootfs = TinyRootfs.create(work.resolve("rootfs")).path();
            starts(work, rootfs, rounds);
            double bare = bare();
            try (Engine engine = Engine.builder().root(work.resolve("rates")).build(); Network app = engine.networks().create("app")) {
                rates(engine, bare);
            }
            try (Dockerd docker = Dockerd.start(work.resolve("docker"), rootfs)) {
                docker(docker, rootfs, bare);
            }
        } finally {
            Peers.remove(work);
        }
    }

    private static void starts(Path work, Path rootfs, int rounds) throws Exception {
        Rounds peers = new Rounds();
        try (Engine plain = Engine.builder().root(work.resolve("plain")).spares(0).build(); Engine pool = Engine.builder().root(work.resolve("pool")).spares(0).networkPool(16).build();
                Engine spares = Engine.builder().root(work.resolve("spares")).build(); Engine bridged = Engine.builder().root(work.resolve("bridged")).build();
                Engine published = Engine.builder().root(work.resolve("published")).build()) {
            peers.add(new ProcessLauncher("ProcessBuilder", "POSIX_SPAWN", List.of(), List.of(rootfs + TinyRootfs.TRUE)), true);
            peers.add(new CaissonExecute("execute()", spares, rootfs, TinyRootfs.TRUE), true);
            peers.add(new CaissonExecute("the same on a bridge", bridged, rootfs, TinyRootfs.TRUE, b -> b.network("bridge")), true);
            peers.add(new CaissonExecute("the same with port(80)", published, rootfs, TinyRootfs.TRUE, b -> b.port(80)), true);
            peers.add(new CaissonExecute("execute(), spares(0)", plain, rootfs, TinyRootfs.TRUE), true);
            peers.add(new CaissonExecute("the same with port(80)", plain, rootfs, TinyRootfs.TRUE, b -> b.port(80)), true);
            peers.add(new CaissonExecute("execute(), spares(0), networkPool(16)", pool, rootfs, TinyRootfs.TRUE), true);
            peers.add(new CaissonExecute("the same with port(80)", pool, rootfs, TinyRootfs.TRUE, b -> b.port(80)), true);
            peers.afterHundred(rounds);
            say("after " + Rounds.WARM_UP + " starts of each", peers);
            peers.afterMany(rounds);
            say("after " + Rounds.COMPILED + " more", peers);
        } finally {
            for (Peer each : peers.peers()) {
                each.close();
            }
        }
    }

    private static void say(String title, Rounds rounds) {
        System.out.println(title);
        for (int i = 0; i < rounds.peers().size(); i++) {
            Peer peer = rounds.peers().get(i);
            Samples samples = rounds.of(i);
            String stage = peer instanceof CaissonExecute e ? String.format(Locale.ROOT, ", of which NETWORK %.2f ms", e.stages().get(Stage.NETWORK).medianMillis()) : "";
            System.out.printf(Locale.ROOT, "%-40s median %.2f ms, ratio %.2f%s%n", peer.name(), samples.medianMillis(), samples.medianRatioTo(rounds.of(0)), stage);
        }
    }

    private static void docker(Dockerd docker, Path rootfs, double bare) throws Exception {
        Samples own = new Samples();
        Samples dockers = new Samples();
        try (ProcessLauncher bareProcess = new ProcessLauncher("ProcessBuilder", "POSIX_SPAWN", List.of(), List.of(rootfs + TinyRootfs.TRUE));
                ProcessLauncher run = new ProcessLauncher("docker run --rm -p 80", "POSIX_SPAWN", List.of(), docker.once(TinyRootfs.TRUE))) {
            for (int round = -2; round < DOCKER_ROUNDS; round++) {
                long one = bareProcess.launch();
                long other = run.launch();
                if (round >= 0) {
                    own.add(one);
                    dockers.add(other);
                }
            }
        }
        System.out.printf(Locale.ROOT, "%-40s median %.0f ms, ratio %.0f%n", "docker run --rm -p 80", dockers.medianMillis(), dockers.medianRatioTo(own));
        docker.run(List.of("-d", "--name", "server", "-p", "5201"), "iperf3", "-s");
        Thread.sleep(1000);
        String address = docker.docker("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "server");
        say("docker: container to container", rate(docker.run(List.of("--rm"), "iperf3", "-J", "-t", SECONDS, "-c", address)), bare);
        say("docker: the host's loopback to the published port", rate(run("iperf3", "-J", "-t", SECONDS, "-c", "127.0.0.1", "-p", docker.port("server", 5201))), bare);
        docker.docker("rm", "-f", "server");
    }

    private static void rates(Engine engine, double bare) throws Exception {
        try (NetworkSpace outside = NetworkSpace.make(); Container server = engine.hostRoot().network("app").hostname("server").port(5201).stopTimeout(Duration.ZERO).command("iperf3", "-s").run();
                Container client = engine.hostRoot().network("app").stopTimeout(Duration.ZERO).command("sleep", "600").run()) {
            run("ip", "link", "add", "bench0", "type", "veth", "peer", "name", "bench1", "netns", "" + outside.pid());
            run("sh", "-c", "ip addr add 198.51.100.1/24 dev bench0; ip link set bench0 up");
            outside.shell("ip addr add 198.51.100.2/24 dev bench1; ip link set bench1 up");
            Thread.sleep(500);
            say("bare veth pair", bare, bare);
            say("container to container", rate(client.exec("iperf3", "-J", "-t", SECONDS, "-c", server.ipAddress()).run().stdout()), bare);
            say("host to container", rate(run("iperf3", "-J", "-t", SECONDS, "-c", server.ipAddress())), bare);
            say("another host to the published port", rate(outside.output("iperf3", "-J", "-t", SECONDS, "-c", "198.51.100.1", "-p", "" + server.port(5201))), bare);
            say("the host's loopback to the published port", rate(run("iperf3", "-J", "-t", SECONDS, "-c", "127.0.0.1", "-p", "" + server.port(5201))), bare);
            System.out.println("names answered a second, one client with 32 questions under way: " + client.exec("/usr/bin/python3", "-c", ASK, resolver(client)).run().stdout().strip());
        }
    }

    /** Of the engine; a view of the host's root has the host's own resolv.conf. */
    private static String resolver(Container container) {
        return container.ipAddress().replaceFirst("\\.\\d+\\.\\d+$", ".255.249");
    }

    /** Two ends of a veth pair, one in a network namespace of its own. */
    private static double bare() throws Exception {
        try (NetworkSpace far = NetworkSpace.make()) {
            run("ip", "link", "add", "bare0", "type", "veth", "peer", "name", "bare1", "netns", "" + far.pid());
            run("sh", "-c", "ip addr add 203.0.113.1/24 dev bare0; ip link set bare0 up");
            far.shell("ip addr add 203.0.113.2/24 dev bare1; ip link set bare1 up");
            Process server = far.start("iperf3", "-s");
            try {
                Thread.sleep(500);
                return rate(run("iperf3", "-J", "-t", SECONDS, "-c", "203.0.113.2"));
            } finally {
                NetworkSpace.end(server);
            }
        }
    }

    private static void say(String what, double rate, double bare) {
        System.out.printf(Locale.ROOT, "%-50s %.1f Gbit/s, %.2f of the bare pair%n", what, rate / 1e9, rate / bare);
    }

    private static double rate(String json) {
        Matcher found = RATE.matcher(json);
        if (!found.find()) {
            throw new IllegalStateException("iperf3 said: " + json);
        }
        return Double.parseDouble(found.group(1));
    }

    /** Output of a program, whatever its exit status. */
    static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return text;
    }
}
