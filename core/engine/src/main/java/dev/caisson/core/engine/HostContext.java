package dev.caisson.core.engine;

import dev.caisson.core.plan.Memo;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.rootfs.HostFileSystems;
import dev.caisson.core.security.MaskedPaths;
import dev.caisson.linux.Mountinfo;
import dev.caisson.linux.Processes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the host gives to containers: read anew where it can change, kept where it cannot. */
final class HostContext {
    private static final int RLIMIT_NOFILE = 7;
    private static final int MAX_FILE = 1 << 20;

    private final Privileges privileges;
    private final List<PlanInput.Masked> masked;
    private final List<String> readOnlyPaths;
    private final long hardNofile;
    private final Memo<Resolution.Furniture, PlanInput.Root> furnished = new Memo<>();
    private final KnownUsers users = new KnownUsers();
    private final HostFile hosts = new HostFile(Path.of("/etc/hosts"));
    private final HostFile resolvConf = new HostFile(Path.of("/etc/resolv.conf"));

    /** @param rootless whether processes begin in a user namespace, with all powers over what is in it */
    HostContext(boolean rootless) {
        int lastCapability = Integer.parseInt(read(Path.of("/proc/sys/kernel/cap_last_cap"), "40").strip());
        long effective = 0;
        for (String line : read(Path.of("/proc/self/status"), "").split("\n")) {
            if (line.startsWith("CapEff:")) {
                effective = Long.parseUnsignedLong(line.substring(7).strip(), 16);
            }
        }
        privileges = new Privileges(rootless ? (1L << lastCapability + 1) - 1 : effective, lastCapability);
        MaskedPaths paths = MaskedPaths.ofHost();
        masked = paths.masked().stream().map(p -> new PlanInput.Masked(p, Files.isDirectory(Path.of(p)))).toList();
        readOnlyPaths = paths.readOnly();
        hardNofile = Processes.getRlimit(0, RLIMIT_NOFILE).hard();
    }

    /** With which powers processes run here. */
    Privileges privileges() {
        return privileges;
    }

    /** What of docker's masked paths exists here. */
    List<PlanInput.Masked> masked() {
        return masked;
    }

    /** What of docker's read-only paths exists here. */
    List<String> readOnlyPaths() {
        return readOnlyPaths;
    }

    /** Who users of root file systems are. */
    KnownUsers users() {
        return users;
    }

    /** What is mounted into roots, as it was worked out lately. */
    Memo<Resolution.Furniture, PlanInput.Root> furnished() {
        return furnished;
    }

    long hardNofile() {
        return hardNofile;
    }

    String hostname() {
        return read(Path.of("/proc/sys/kernel/hostname"), "localhost").strip();
    }

    String hosts() {
        return hosts.content();
    }

    String resolvConf() {
        return resolvConf.content();
    }

    List<HostFileSystems.FileSystem> fileSystems() {
        return HostFileSystems.of(Mountinfo.read());
    }

    static String read(Path file, String otherwise) {
        // One large read: a file of /proc/sys gives its content only to a read at offset 0, and Files.readString begins with one byte.
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(MAX_FILE), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return otherwise;
        }
    }
}
