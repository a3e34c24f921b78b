package dev.caisson.host.crash;

import dev.caisson.Container;
import dev.caisson.ContainerException;
import dev.caisson.Engine;
import dev.caisson.Network;
import dev.caisson.OverlayBuilder;
import dev.caisson.testkit.crash.Progress;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A web server on an overlay network, which asks another host's by name until that answers, and then until its name is gone. Operands: engine root, run directory, root
 * file system, etcd, own name, other name; of an encrypted network also who signs etcd's certificate.
 */
public final class OverlayScenario {
    private OverlayScenario() {}

    public static void main(String[] arguments) throws InterruptedException {
        try (Engine engine = Engine.builder().root(Path.of(arguments[0])).runDirectory(Path.of(arguments[1])).build();
                Network mesh = engine.networks().overlay("mesh", n -> settings(n.etcd(arguments[3]).ttl(Duration.ofSeconds(2)), arguments));
                Container own = engine.rootfs(Path.of(arguments[2])).bindReadOnly(Path.of("/bin/busybox"), "/busybox").name(arguments[4]).hostname(arguments[4]).network("mesh").port(80)
                        .command("/busybox", "httpd", "-f", "-p", "80", "-h", "/").run()) {
            Progress.mark("started");
            while (!answer(own, arguments[5]).contains(arguments[5])) {
                Thread.sleep(20);
            }
            Progress.mark("reached");
            while (own.exec("/busybox", "nslookup", "-type=a", arguments[5], resolver(own)).run().exitCode() == 0) {
                Thread.sleep(20);
            }
            Progress.mark("gone");
            System.out.println(mesh.problems());
            Thread.sleep(Long.MAX_VALUE);
        } catch (ContainerException e) {
            Progress.mark("refused");
            e.printStackTrace();
        }
    }

    private static void settings(OverlayBuilder network, String[] arguments) {
        if (arguments.length > 6) {
            network.ca(Path.of(arguments[6])).encrypted();
        }
    }

    private static String answer(Container from, String name) {
        return from.exec("/busybox", "nc", "-w", "1", name, "80").stdin("GET /etc/hostname HTTP/1.0\r\n\r\n").run().stdout();
    }

    private static String resolver(Container container) {
        return container.exec("/busybox", "sed", "-n", "s/^nameserver //p", "/etc/resolv.conf").run().stdout().strip();
    }
}
