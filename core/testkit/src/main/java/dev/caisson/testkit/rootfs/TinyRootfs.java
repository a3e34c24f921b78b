package dev.caisson.testkit.rootfs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * A root directory small enough to copy per test: {@code /bin/observer} (with links {@code true}, {@code cat}, {@code sleep},
 * {@code echo} and {@code env} to it), {@code /bin/tiny-true}, {@code /etc/passwd} and {@code /etc/group} with {@code root},
 * {@code nobody} and {@code app} (1000:1000, also in group {@code extra} 2000), and the empty directories a container mounts on.
 * {@link #withShell()} adds {@code busybox}.
 */
public final class TinyRootfs {
    /** Where the observer lies, as the container sees it. */
    public static final String OBSERVER = "/bin/observer";
    /** Exits with 0 at its first instruction. */
    public static final String TRUE = "/bin/tiny-true";

    private static final Path BUSYBOX = Path.of("/bin/busybox");
    private static final List<String> APPLETS = List.of("sh", "ls", "id", "mount", "umount", "ps", "kill", "grep", "head", "mkdir", "rm", "touch", "test", "dd", "ip", "nc", "wget",
            "ping", "nslookup", "hostname", "sync", "tr", "wc", "seq", "stat", "su", "tar", "find", "ln", "cp", "mv", "chmod", "chown", "date", "printf", "false", "yes", "df", "uname");

    private final Path path;

    private TinyRootfs(Path path) {
        this.path = path;
    }

    /** Builds it in {@code directory}, which is made when missing and must be empty. */
    public static TinyRootfs create(Path directory) {
        TinyRootfs root = new TinyRootfs(directory);
        try {
            Files.createDirectories(directory);
            try (var entries = Files.list(directory)) {
                if (entries.findAny().isPresent()) {
                    throw new IllegalArgumentException(directory + " is not empty");
                }
            }
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new UncheckedIOException("create " + directory, e);
        }
        for (String made : List.of("bin", "etc", "dev", "proc", "sys", "run", "var", "home", "root")) {
            root.directory(made, "rwxr-xr-x");
        }
        root.directory("home/app", "rwxr-xr-x").directory("tmp", "rwxrwxrwx");
        NativeProgram.OBSERVER.copyTo(root.at(OBSERVER));
        NativeProgram.TRUE.copyTo(root.at(TRUE));
        for (String name : List.of("true", "cat", "sleep", "echo", "env")) {
            root.link("bin/" + name, "observer");
        }
        return root.file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\napp:x:1000:1000:app:/home/app:/bin/sh\n")
                .file("etc/group", "root:x:0:\nnogroup:x:65534:\napp:x:1000:\nextra:x:2000:app\n")
                .file("etc/os-release", "ID=tiny\nNAME=\"Tiny root of the Caisson test kit\"\n");
    }

    /** Adds a shell. The test is skipped when the host has no static busybox. */
    public TinyRootfs withShell() {
        Assumptions.assumeTrue(Files.isExecutable(BUSYBOX), "no " + BUSYBOX + " to take a shell from; remedy: apt-get install busybox-static");
        try {
            Files.copy(BUSYBOX.toRealPath(), at("bin/busybox"));
        } catch (IOException e) {
            throw new UncheckedIOException("copy " + BUSYBOX + " to " + at("bin/busybox"), e);
        }
        APPLETS.forEach(applet -> link("bin/" + applet, "busybox"));
        return this;
    }

    /** The directory on the host. */
    public Path path() {
        return path;
    }

    /** The host's path of a path inside, absolute or not. Follows nothing: for trees this class built. */
    public Path at(String inside) {
        return path.resolve(inside.startsWith("/") ? inside.substring(1) : inside);
    }

    /** Writes a file of mode 0644; missing parents are made. */
    public TinyRootfs file(String inside, String content) {
        try {
            Files.createDirectories(at(inside).getParent());
            Files.writeString(at(inside), content);
            Files.setPosixFilePermissions(at(inside), PosixFilePermissions.fromString("rw-r--r--"));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException("write " + at(inside), e);
        }
    }

    /** Makes a directory with its parents and sets its mode. Mode bits beyond 0777 are the caller's business. */
    public TinyRootfs directory(String inside, String permissions) {
        try {
            Files.createDirectories(at(inside));
            Files.setPosixFilePermissions(at(inside), PosixFilePermissions.fromString(permissions));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException("make " + at(inside), e);
        }
    }

    /** Makes a symbolic link with exactly this target; hostile ones are welcome. */
    public TinyRootfs link(String inside, String target) {
        try {
            Files.createDirectories(at(inside).getParent());
            Files.createSymbolicLink(at(inside), Path.of(target));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException("link " + at(inside) + " -> " + target, e);
        }
    }

    /** Packs it with tar(1), owners numeric and root's, for loading as an image. */
    public Path tar(Path archive) {
        try {
            Process tar = new ProcessBuilder("tar", "--numeric-owner", "--owner=0", "--group=0", "-cf", archive.toString(), "-C", path.toString(), ".").inheritIO().start();
            if (tar.waitFor() != 0) {
                throw new IllegalStateException("tar -cf " + archive + " failed with status " + tar.exitValue());
            }
            return archive;
        } catch (IOException e) {
            throw new UncheckedIOException("tar -cf " + archive, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while packing " + path, e);
        }
    }
}
