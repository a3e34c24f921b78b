package dev.caisson.testkit;

import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Xattrs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A host tree an attack would love to reach. What is in it (content, mode, owner, links, extended attributes, mtime) is remembered,
 * with the host's {@code mountinfo} and {@code /proc/sys/kernel}, and must be the same when the attack is over. The text
 * {@link #secret()} lies in its files: finding it inside a container is a leak, too.
 */
public final class Canary {
    private static final LinkOption NOFOLLOW = LinkOption.NOFOLLOW_LINKS;

    /** Counters and the like, which change by themselves. */
    private static final String RESTLESS = ".*/(random|ns_last_pid|pty|seccomp|keys)(/.*)?";

    private final Path root;
    private final String secret;
    private final Map<String, String> before;

    private Canary(Path root, String secret) {
        this.root = root;
        this.secret = secret;
        before = snapshot();
    }

    /** Builds the tree in {@code directory}, which is made and must not exist, and remembers it. */
    public static Canary plant(Path directory) {
        String secret = "canary-" + UUID.randomUUID();
        try {
            Files.createDirectories(directory.resolve("sub/deeper"));
            for (String file : List.of("secret", "sub/secret", "sub/deeper/x")) {
                Files.writeString(directory.resolve(file), secret + "\n");
            }
            Files.setPosixFilePermissions(directory.resolve("secret"), PosixFilePermissions.fromString("rw-------"));
            Files.createSymbolicLink(directory.resolve("c"), Path.of("sub/deeper"));
            Files.createLink(directory.resolve("hard"), directory.resolve("sub/secret"));
        } catch (IOException e) {
            throw new UncheckedIOException("plant a canary in " + directory, e);
        }
        return new Canary(directory, secret);
    }

    /** Remembers what a tree of the caller's own looks like; it has no secret. */
    public static Canary of(Path existing) {
        return new Canary(existing, "");
    }

    public Path path() {
        return root;
    }

    /** Text that no container may ever see. */
    public String secret() {
        return secret;
    }

    /** Throws {@link AssertionError} that names what changed, came or went, before and after. */
    public void assertUntouched() {
        Map<String, String> after = snapshot();
        List<String> changes = new ArrayList<>();
        before.forEach((name, was) -> {
            String is = after.getOrDefault(name, "(gone)");
            if (!is.equals(was)) {
                changes.add(name + "\n    was " + was + "\n    is  " + is);
            }
        });
        after.forEach((name, is) -> {
            if (!before.containsKey(name)) {
                changes.add(name + "\n    is new: " + is);
            }
        });
        if (!changes.isEmpty()) {
            throw new AssertionError("the host was touched:\n  " + String.join("\n  ", changes));
        }
    }

    private Map<String, String> snapshot() {
        Map<String, String> snapshot = new TreeMap<>();
        walk(root, path -> snapshot.put(path.toString(), describe(path)));
        walk(Path.of("/proc/sys/kernel"), path -> {
            if (Files.isRegularFile(path, NOFOLLOW) && Files.isReadable(path) && !path.toString().matches(RESTLESS)) {
                snapshot.put(path.toString(), readable(path));
            }
        });
        readable(Path.of("/proc/self/mountinfo")).lines().forEach(line -> snapshot.put("mount " + line, "mounted"));
        return snapshot;
    }

    private static void walk(Path from, Consumer<Path> visit) {
        try (Stream<Path> paths = Files.walk(from)) {
            paths.forEach(visit);
        } catch (IOException e) {
            throw new UncheckedIOException("walk " + from, e);
        }
    }

    /** Some files of /proc/sys cannot be read though their mode says so. */
    private static String readable(Path path) {
        try {
            return new String(Files.readAllBytes(path), StandardCharsets.UTF_8);
        } catch (IOException refused) {
            return "(unreadable)";
        }
    }

    private static String describe(Path path) {
        try {
            Map<String, Object> attributes = Files.readAttributes(path, "unix:mode,uid,gid,nlink,size,lastModifiedTime,rdev", NOFOLLOW);
            String content = Files.isSymbolicLink(path) ? "-> " + Files.readSymbolicLink(path) : Files.isRegularFile(path, NOFOLLOW) ? "sha256 " + digest(path) : "";
            return Integer.toOctalString((int) attributes.get("mode")) + " " + attributes.get("uid") + ":" + attributes.get("gid") + " links=" + attributes.get("nlink") + " size="
                    + attributes.get("size") + " rdev=" + attributes.get("rdev") + " mtime=" + attributes.get("lastModifiedTime") + " " + content + xattrs(path);
        } catch (IOException e) {
            throw new UncheckedIOException("describe " + path, e);
        }
    }

    private static String xattrs(Path path) {
        StringBuilder text = new StringBuilder();
        try (Fd file = FileCalls.open(path, Fcntl.O_PATH | Fcntl.O_NOFOLLOW, 0)) {
            Xattrs.llistxattr(file, "").stream().sorted()
                    .forEach(name -> text.append(' ').append(name).append('=').append(Xattrs.lgetxattr(file, "", name).map(HexFormat.of()::formatHex).orElse("(gone)")));
        }
        return text.toString();
    }

    private static String digest(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
