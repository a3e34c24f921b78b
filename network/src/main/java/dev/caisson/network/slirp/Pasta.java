package dev.caisson.network.slirp;

import dev.caisson.spi.network.AttachRequest.PortMapping;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * pasta(1). It is told of ports when it begins, and is ready when the namespace has the route that it makes last. By itself it would outlive namespace and JVM, as it holds the one and knows
 * nothing of the other: a shell beside it ends it when its standard input does.
 */
final class Pasta implements Carrier {
    private static final int READY_SECONDS = 10;
    /** It opens the network namespace when it is in the user namespace, where it may not look at a process that has not begun its program: it is held open for it. */
    private static final String WATCHED = "N=$1; shift; exec 3<&0 4<\"$N\"; \"$0\" \"$@\" --netns /proc/self/fd/4 </dev/null 3<&- & P=$!; (read x <&3; kill -KILL $P) 4<&- & R=$!; exec 3<&-; "
            + "wait $P; S=$?; kill $R; exit $S";
    private static final String GATEWAY = "10.0.2.2";
    /** That, as /proc/net/route writes it. */
    private static final String OUTWARD = "eth0\t00000000\t0202000A";

    @Override
    public String name() {
        return PastaProvider.NAME;
    }

    @Override
    public void check(String who, List<PortMapping> ports) {
        for (PortMapping port : ports) {
            SlirpDriver.refuse(this, port.protocol().equals("udp"), "port " + port.containerPort() + "/udp of " + who + " cannot be published", "use the network slirp4netns, or networkHost()");
        }
    }

    @Override
    public Carrying begin(Path program, int pid, Path scratch, List<PortMapping> ports, Runnable release) throws IOException {
        String proc = "/proc/" + pid + "/ns/";
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", WATCHED, program.toString(), proc + "net", "--foreground", "--quiet", "--stderr", "--config-net", "--ipv4-only", "--ns-ifname", "eth0",
                "--address", SlirpDriver.ADDRESS, "--netmask", "24", "--gateway", GATEWAY, "--no-map-gw", "--dns-forward", SlirpDriver.RESOLVER, "--udp-ports", "none", "--tcp-ns", "none",
                "--udp-ns", "none"));
        for (PortMapping port : ports) {
            command.addAll(List.of("--tcp-ports", (port.hostAddress().isEmpty() ? "" : port.hostAddress() + "/") + port.hostPort() + ":" + port.containerPort()));
        }
        if (ports.isEmpty()) {
            command.addAll(List.of("--tcp-ports", "none"));
        }
        command.addAll(List.of("--userns", proc + "user"));
        release.run();
        CarrierProcess pasta = CarrierProcess.start(name(), new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD), pid);
        try {
            await(pasta, Path.of("/proc/" + pid + "/net/route"));
            return pasta;
        } catch (IOException | RuntimeException e) {
            pasta.close();
            throw e;
        }
    }

    private static void await(CarrierProcess pasta, Path routes) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
        while (Files.readAllLines(routes, StandardCharsets.ISO_8859_1).stream().noneMatch(l -> l.startsWith(OUTWARD))) {
            try {
                if (pasta.process().waitFor(5, TimeUnit.MILLISECONDS)) {
                    throw pasta.ended();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while pasta began", e);
            }
            if (System.nanoTime() > deadline) {
                throw pasta.late(READY_SECONDS);
            }
        }
    }
}
