package dev.caisson.host.check;

import dev.caisson.ContainerException;
import dev.caisson.Containers;
import dev.caisson.Engine;
import dev.caisson.Execution;
import dev.caisson.HostReport;
import dev.caisson.SandboxTier;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.nio.file.Path;

/** A JVM on such a host: {@code DIRECTORY ROOTFS}. Prints what check() finds missing, then how a container, a limited one and a sandbox end. */
public final class OnBrokenHost {
    private OnBrokenHost() {}

    public static void main(String[] arguments) {
        for (HostReport.Finding finding : Containers.check().facts()) {
            if (!finding.ok()) {
                System.out.println("missing\t" + finding.name() + "\t" + finding.grade() + "\t" + finding.detail() + "\t" + finding.remedy());
            }
        }
        System.out.println("usable\t" + Containers.check().usable());
        Path directory = Path.of(arguments[0]);
        try (Engine engine = Engine.builder().root(directory.resolve("engine")).runDirectory(directory.resolve("run")).build()) {
            Path root = Path.of(arguments[1]);
            tell("plain", () -> engine.rootfs(root).command(TinyRootfs.OBSERVER, "echo", "ran").execute());
            tell("limited", () -> engine.rootfs(root).memory("64m").command(TinyRootfs.OBSERVER, "echo", "ran").execute());
            tell("sandbox", () -> engine.rootfs(root).sandbox().command(TinyRootfs.OBSERVER, "echo", "ran").execute());
            tell("alone", () -> engine.hostRoot().sandbox(SandboxTier.LANDLOCK).command("/bin/sh", "-c", "id -u; id -G; cat /etc/hostname >/dev/null; touch /x /home/x /tmp/x 2>/dev/null; echo ran > $TMPDIR/x; cat $TMPDIR/x")
                    .execute());
        } catch (ContainerException e) {
            tell("engine", e);
        }
        System.out.println("end");
    }

    private static void tell(String what, java.util.function.Supplier<Execution> start) {
        try {
            Execution e = start.get();
            System.out.println(what + "\tok\t" + e.stdout().strip().replace('\n', ' ') + e.sandboxTier().map(tier -> "\t" + tier).orElse(""));
        } catch (ContainerException e) {
            tell(what, e);
        }
    }

    private static void tell(String what, ContainerException e) {
        System.out.println(what + "\tfailed\t" + e.getClass().getSimpleName() + "\t" + e.what().replaceAll("\\s+", " ") + "\t" + e.stage() + "\t" + e.remedy().replaceAll("\\s+", " "));
    }
}
