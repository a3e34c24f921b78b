package dev.caisson.testkit.leak;

import dev.caisson.testkit.HostConditions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the kernel holds for the whole host, as {@link Watch.Listing}s. */
final class KernelListings {
    private KernelListings() {}

    static Map<String, String> mounts() {
        Map<String, String> mounts = new HashMap<>();
        for (String line : Proc.lines("/proc/self/mountinfo")) {
            String[] field = line.split(" ");
            int separator = List.of(field).indexOf("-");
            Watch.putAgain(mounts, field[4] + "  type " + field[separator + 1] + "  source " + field[separator + 2] + "  root " + field[3]);
        }
        return mounts;
    }

    static Map<String, String> links() {
        Map<String, String> links = new HashMap<>();
        for (Path link : Proc.entries(Path.of("/sys/class/net"))) {
            String index = Proc.text(link.resolve("ifindex")).strip();
            links.put(link.getFileName() + " " + index, link.getFileName() + "  index " + index);
        }
        return links;
    }

    static Map<String, String> networkNamespaces() {
        Map<String, String> namespaces = new HashMap<>();
        for (Path named : Proc.entries(Path.of("/run/netns"))) {
            namespaces.put("name " + named.getFileName(), "named " + named);
        }
        for (String line : Proc.lines("/proc/self/mountinfo")) {
            String[] field = line.split(" ");
            if (field[3].startsWith("net:[")) {
                namespaces.putIfAbsent(field[3], field[3] + "  mounted on " + field[4]);
            }
        }
        for (Path process : Proc.processes()) {
            String holder = process.getFileName() + " (" + Proc.text(process.resolve("comm")).strip() + ")";
            String own = Proc.link(process.resolve("ns/net"));
            if (!own.isEmpty()) {
                namespaces.putIfAbsent(own, own + "  of process " + holder);
            }
            for (Path descriptor : Proc.entries(process.resolve("fd"))) {
                String target = Proc.link(descriptor);
                if (target.startsWith("net:[")) {
                    namespaces.putIfAbsent(target, target + "  open as descriptor " + descriptor.getFileName() + " of process " + holder);
                }
            }
        }
        return namespaces;
    }

    /** Throws {@link Unobservable} without {@code nft}. */
    static Map<String, String> nftTables() {
        Path nft = HostConditions.tool("nft").orElseThrow(() -> new Unobservable("no nft; remedy: apt-get install nftables"));
        Map<String, String> tables = new HashMap<>();
        run(nft.toString(), "list", "tables").lines().forEach(line -> tables.put(line, line));
        return tables;
    }

    static Map<String, String> loopDevices() {
        Map<String, String> devices = new HashMap<>();
        for (Path block : Proc.entries(Path.of("/sys/block"))) {
            String file = Proc.text(block.resolve("loop/backing_file")).strip();
            if (!file.isEmpty()) {
                String device = block.getFileName() + "  backed by " + file;
                devices.put(device, device);
            }
        }
        return devices;
    }

    static Map<String, String> abstractSockets() {
        Map<String, String> sockets = new HashMap<>();
        for (String line : Proc.lines("/proc/net/unix")) {
            String[] field = line.trim().split("\\s+", 8);
            if (field.length == 8 && field[7].startsWith("@")) {
                sockets.put(field[7] + " " + field[6], field[7] + "  inode " + field[6]);
            }
        }
        return sockets;
    }

    static Map<String, String> sharedMemory() {
        Map<String, String> segments = files(List.of(Path.of("/dev/shm")));
        Proc.lines("/proc/sysvipc/shm").stream().skip(1).map(line -> line.trim().split("\\s+"))
                .forEach(field -> segments.put("sysv " + field[1], "System V segment " + field[1] + "  key " + field[0] + "  bytes " + field[3] + "  creator " + field[4]));
        return segments;
    }

    /** Without the kernel's own and the per-user ones, which stay until the user's last process ends. */
    static Map<String, String> keyrings() {
        Map<String, String> keyrings = new HashMap<>();
        for (String line : Proc.lines("/proc/keys")) {
            String[] field = line.trim().split("\\s+", 9);
            if (field.length == 9 && field[7].equals("keyring") && !field[8].matches("(\\.|_uid|_persistent).*") && !field[1].contains("D")) {
                keyrings.put(field[0], field[0] + "  " + field[8] + "  uid " + field[5]);
            }
        }
        return keyrings;
    }

    static Map<String, String> files(List<Path> roots) {
        Map<String, String> files = new HashMap<>();
        roots.forEach(root -> descend(root, files));
        return files;
    }

    private static void descend(Path path, Map<String, String> files) {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            for (Path entry : Proc.entries(path)) {
                files.put(entry.toString(), entry.toString());
                descend(entry, files);
            }
        }
    }

    private static String run(String... command) {
        try {
            Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
            process.getOutputStream().close();
            String output;
            try (var stdout = process.getInputStream()) {
                output = new String(stdout.readAllBytes(), StandardCharsets.UTF_8);
            }
            if (process.waitFor() != 0) {
                throw new Unobservable(String.join(" ", command) + " failed with status " + process.exitValue() + "; remedy: run the tests as uid 0");
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(String.join(" ", command), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in " + String.join(" ", command), e);
        }
    }
}
