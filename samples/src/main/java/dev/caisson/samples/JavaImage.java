package dev.caisson.samples;

import dev.caisson.Images;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An image with this JVM's own runtime and nothing else: jlink leaves only what the modules need, ldd says which libraries of the system they load. */
final class JavaImage {
    private static final Pattern LIBRARY = Pattern.compile("(?:=> )?(/\\S+) \\(0x");

    private JavaImage() {}

    /** @param modules of the runtime, {@code java.base} among them */
    static void make(Images images, String reference, String modules) throws IOException {
        Path home = Path.of(System.getProperty("java.home"));
        Path work = Files.createTempDirectory("caisson-java-");
        try {
            Path root = Files.createDirectories(work.resolve("root/opt")).getParent();
            Path runtime = root.resolve("opt/java");
            Commands.run(List.of(home.resolve("bin/jlink").toString(), "--add-modules", modules, "--strip-native-commands", "--no-header-files", "--no-man-pages",
                    "--output", runtime.toString()));
            Files.createDirectories(runtime.resolve("bin"));
            Files.copy(home.resolve("bin/java"), runtime.resolve("bin/java"), StandardCopyOption.COPY_ATTRIBUTES);
            for (String library : libraries(runtime)) {
                Path copy = root.resolve(library.substring(1));
                Files.createDirectories(copy.getParent());
                Files.copy(Path.of(library), copy, StandardCopyOption.COPY_ATTRIBUTES);
            }
            images.scratch().copy(root, "/").env("PATH", "/opt/java/bin").build(reference);
        } finally {
            Directories.remove(work);
        }
    }

    private static Set<String> libraries(Path runtime) {
        Set<String> libraries = new TreeSet<>();
        for (String program : List.of("bin/java", "lib/server/libjvm.so", "lib/libnet.so", "lib/libnio.so")) {
            Path file = runtime.resolve(program);
            if (Files.exists(file)) {
                Matcher matcher = LIBRARY.matcher(Commands.run(List.of("ldd", file.toString())));
                matcher.results().map(m -> m.group(1)).filter(l -> !l.startsWith(runtime.toString())).forEach(libraries::add);
            }
        }
        return libraries;
    }
}
