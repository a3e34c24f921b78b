package dev.caisson.samples;

import dev.caisson.Containers;
import dev.caisson.Execution;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs a command in a directory that holds a root file system. The directory is never changed: the container sees a copy-on-write view. */
public final class HelloRootfs {
    private HelloRootfs() {}

    /** Takes a directory with a shell in it; makes one of busybox if none is given. */
    public static void main(String[] args) throws IOException {
        if (args.length > 0) {
            System.out.print(hello(Path.of(args[0])).stdout());
            return;
        }
        try (BusyboxRootfs busybox = BusyboxRootfs.make()) {
            System.out.print(hello(busybox.directory()).stdout());
            System.out.println("on the host: /greeting " + (Files.exists(busybox.directory().resolve("greeting")) ? "exists" : "does not exist"));
        }
    }

    static Execution hello(Path rootfs) {
        return Containers.rootfs(rootfs).hostname("hull").env("WHO", "world")
                .command("sh", "-c", "echo \"hello $WHO from $(hostname), pid $$\" > /greeting && cat /greeting").execute();
    }
}
