package dev.caisson.host.rootless;
import dev.caisson.testkit.OrdinaryUser;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.nio.file.*;
public final class DevMain {
    public static void main(String[] a) throws Exception {
        try (OrdinaryUser user = OrdinaryUser.in(Files.createTempDirectory(Path.of("/var/tmp"), "dev"))) {
            if (!a[1].equals("0")) user.withSubordinateIds();
            if (a[1].equals("d")) user.prepared("for h in memory pids freezer cpu unified; do d=/sys/fs/cgroup/$h/delegated; mkdir $d; chown -R " + OrdinaryUser.uid() + " $d; echo $$ > $d/cgroup.procs; done");
            TinyRootfs root = TinyRootfs.create(user.home().resolve("root")).withShell();
            new ProcessBuilder("chown", "-R", "1000:1000", root.at("home/app").toString()).start().waitFor();
            Process p = new ProcessBuilder("tar", "--numeric-owner", "-cf", user.home().resolve("image.tar").toString(), "-C", root.path().toString(), ".").inheritIO().start(); p.waitFor();
            user.give(user.home().resolve("image.tar"));
            user.give(root.path());
            OrdinaryUser.Result r = user.java(Class.forName(a[0]), java.util.stream.Stream.concat(java.util.stream.Stream.of(root.path().toString()), java.util.Arrays.stream(a).skip(2)).toArray(String[]::new));
            System.out.println(r.output() + " exit " + r.exitCode());
        }
    }
}
