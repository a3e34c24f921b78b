package dev.caisson.core.image;

import dev.caisson.InvalidSpec;
import dev.caisson.core.image.CopiedFiles.Item;
import dev.caisson.core.image.CopiedFiles.OfHost;
import dev.caisson.core.image.CopiedFiles.OfMemory;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/**
 * A class path as layers: what changes seldom lies lowest, so that a new build sends only what changed.
 *
 * <pre>
 * /app/libs/NAME.jar       released jars; jars of snapshots in a layer above
 * /app/classes[-N]/        directories of classes
 * /app/classpath           options for java, as java's own documentation of @argfiles has them: the entries in their order
 * </pre>
 */
final class ClasspathLayers {
    private static final String APP = "/app";
    static final String OPTIONS = APP + "/classpath";

    private final Instant when;
    private final List<Item> released = new ArrayList<>();
    private final List<Item> snapshots = new ArrayList<>();
    private final List<Item> classes = new ArrayList<>();
    private final List<String> order = new ArrayList<>();
    private final Set<String> taken = new HashSet<>();

    private ClasspathLayers(Instant when) {
        this.when = when;
    }

    /** @param entries null for those of this JVM */
    static List<LayerContent> of(@Nullable List<Path> entries, Instant when) {
        ClasspathLayers layers = new ClasspathLayers(when);
        Set<Path> all = new LinkedHashSet<>();
        (entries == null ? ofThisJvm() : entries).forEach(e -> expand(e.toAbsolutePath().normalize(), all));
        all.forEach(layers::add);
        if (layers.order.isEmpty()) {
            throw new InvalidSpec("classpath", "no entry of it exists" + (entries == null ? ": this JVM has no class path" : ""), "name jars and directories of classes");
        }
        layers.classes.add(new OfMemory(layers.options(), OPTIONS, 0644));
        List<LayerContent> result = new ArrayList<>();
        layers.layer(result, "released jars", layers.released);
        layers.layer(result, "snapshot jars", layers.snapshots);
        layers.layer(result, "classes", layers.classes);
        return result;
    }

    private static List<Path> ofThisJvm() {
        List<Path> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path", "").split(File.pathSeparator)) {
            if (!entry.isEmpty()) {
                entries.add(Path.of(entry));
            }
        }
        return entries;
    }

    /** {@code DIR/*} is all jars of a directory; a jar brings the class path of its manifest along, whose relative places would be others in the image. */
    private static void expand(Path entry, Set<Path> into) {
        if (entry.getFileName() != null && entry.getFileName().toString().equals("*")) {
            jars(entry.getParent()).forEach(jar -> expand(jar, into));
        } else if (Files.exists(entry) && into.add(entry) && Files.isRegularFile(entry)) {
            ofManifest(entry).forEach(next -> expand(next, into));
        }
    }

    private static List<Path> jars(Path directory) {
        List<Path> jars = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*.{jar,JAR}")) {
            found.forEach(jars::add);
        } catch (IOException e) {
            throw new InvalidSpec("classpath " + directory + "/*", "it cannot be listed: " + e, "name jars and directories of classes");
        }
        jars.sort(null);
        return jars;
    }

    private static List<Path> ofManifest(Path jar) {
        List<Path> entries = new ArrayList<>();
        try (JarFile file = new JarFile(jar.toFile(), false)) {
            Manifest manifest = file.getManifest();
            String value = manifest == null ? null : manifest.getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
            for (String word : value == null ? new String[0] : value.strip().split("\\s+")) {
                URI place = jar.toUri().resolve(new URI(word));
                if ("file".equals(place.getScheme())) {
                    entries.add(Path.of(place).normalize());
                }
            }
        } catch (IOException | URISyntaxException | IllegalArgumentException e) {
            return List.of(); // what the JVM could not use either
        }
        return entries;
    }

    private void add(Path entry) {
        String file = entry.getFileName() == null ? "root" : entry.getFileName().toString();
        if (Files.isDirectory(entry)) {
            String target = unique(APP + "/classes", "");
            classes.add(new OfHost(entry, target));
            order.add(target);
        } else {
            int dot = file.lastIndexOf('.');
            String target = unique(APP + "/libs/" + (dot < 0 ? file : file.substring(0, dot)), dot < 0 ? "" : file.substring(dot));
            (file.contains("-SNAPSHOT") ? snapshots : released).add(new OfHost(entry, target));
            order.add(target);
        }
    }

    private String unique(String stem, String suffix) {
        String name = stem + suffix;
        for (int i = 2; !taken.add(name); i++) {
            name = stem + "-" + i + suffix;
        }
        return name;
    }

    /** In quotes a backslash takes the next character as it is. */
    private byte[] options() {
        String path = String.join(":", order).replace("\\", "\\\\").replace("\"", "\\\"");
        return ("-cp \"" + path + "\"\n").getBytes(StandardCharsets.UTF_8);
    }

    private void layer(List<LayerContent> into, String what, List<Item> items) {
        if (!items.isEmpty()) {
            into.add(new CopiedFiles("COPY " + what + " " + APP, items, when));
        }
    }
}
