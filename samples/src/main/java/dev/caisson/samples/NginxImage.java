package dev.caisson.samples;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A real nginx without a registry: a root file system of Debian packages, laid out like Docker Hub's {@code nginx} image.
 *
 * <p>{@code mmdebstrap} makes it beside the host, from the package sources the host itself uses, in about half a minute; nothing is installed.
 * The tar is kept in {@code $XDG_CACHE_HOME/caisson} (default {@code ~/.cache/caisson}) under the version of the packages.
 *
 * @param tar the root file system
 * @param version of nginx, as Debian numbers it
 */
public record NginxImage(Path tar, String version) {
    private static final List<String> LEFT_OUT = List.of("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*");

    /** Prints the path of the tar, and makes it if it is not there yet. */
    public static void main(String[] args) {
        System.out.println(make().tar());
    }

    /**
     * The image of the newest nginx that the host's package sources offer.
     *
     * @throws IllegalStateException if mmdebstrap is missing or fails
     */
    public static NginxImage make() {
        String suite = suite();
        List<String> sources = Commands.run(List.of("apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)",
                "Created-By: Packages", "Origin: Debian")).lines().filter(line -> line.contains(" " + suite)).distinct().toList();
        String version = Commands.run(List.of("apt-cache", "show", "--no-all-versions", "nginx")).lines()
                .filter(line -> line.startsWith("Version: ")).map(line -> line.substring("Version: ".length())).findFirst()
                .orElseThrow(() -> new IllegalStateException("apt knows no package nginx; apt-get update fetches the package lists"));
        String layout = layout();
        Path tar = cache().resolve("nginx-" + version + "-" + key(suite, sources.toString(), layout) + ".tar");
        if (!Files.exists(tar)) {
            bootstrap(suite, sources, layout, tar);
        }
        return new NginxImage(tar, version);
    }

    /** The Dockerfile instructions that turn the root file system into the image; nginx's own version is without Debian's revision. */
    public String[] changes() {
        return new String[] {
            "ENV NGINX_VERSION=" + version.replaceFirst("-.*", ""),
            "EXPOSE 80",
            "STOPSIGNAL SIGQUIT",
            "CMD [\"nginx\", \"-g\", \"daemon off;\"]",
        };
    }

    private static void bootstrap(String suite, List<String> sources, String layout, Path tar) {
        try {
            Files.createDirectories(tar.getParent());
            Path work = Files.createTempDirectory(tar.getParent(), "nginx-");
            try {
                Path hook = Files.createFile(work.resolve("layout"), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                Files.writeString(hook, layout);
                Path made = work.resolve("root.tar");
                List<String> command = new ArrayList<>(List.of("mmdebstrap", "--quiet", "--variant=minbase", "--include=nginx"));
                LEFT_OUT.forEach(path -> command.add("--dpkgopt=path-exclude=" + path));
                command.addAll(List.of("--customize-hook=" + hook, suite, made.toString()));
                command.addAll(sources);
                Commands.run(command);
                Files.move(made, tar, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Directories.remove(work);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String suite() {
        try (Stream<String> lines = Files.lines(Path.of("/etc/os-release"))) {
            return lines.filter(line -> line.startsWith("VERSION_CODENAME=")).map(line -> line.substring("VERSION_CODENAME=".length())).findFirst()
                    .orElse("stable");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String layout() {
        try (InputStream in = Objects.requireNonNull(NginxImage.class.getResourceAsStream("nginx-image.sh"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path cache() {
        String xdg = System.getenv("XDG_CACHE_HOME");
        return (xdg == null || xdg.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(xdg)).resolve("caisson");
    }

    private static String key(String... inputs) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(String.join("\0", inputs).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
