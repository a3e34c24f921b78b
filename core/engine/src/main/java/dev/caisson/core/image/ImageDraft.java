package dev.caisson.core.image;

import dev.caisson.Image;
import dev.caisson.ImageBuilder;
import dev.caisson.InvalidSpec;
import dev.caisson.Signal;
import dev.caisson.core.image.CopiedFiles.OfHost;
import dev.caisson.core.image.CopiedFiles.OfMemory;
import dev.caisson.spi.Given;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What users say of an image that is to be made. */
public final class ImageDraft implements ImageBuilder {
    private final BiFunction<String, ImageRecipe, Image> maker;
    private final @Nullable String base;
    private final List<Function<Instant, List<LayerContent>>> layers = new ArrayList<>();
    private final List<Consumer<SettingsDraft>> changes = new ArrayList<>();
    private final List<String> words = new ArrayList<>();
    private String author = "";
    private Instant created = Instant.EPOCH;

    private ImageDraft(BiFunction<String, ImageRecipe, Image> maker, @Nullable String base) {
        this.maker = maker;
        this.base = base;
    }

    /** @param images makes it
     *  @param base name of the image it is built on; null for nothing
     *  @param shown what the user sees of it */
    public static ImageBuilder of(LocalImages images, @Nullable String base, BiFunction<String, Supplier<dev.caisson.core.content.ImageRecord>, Image> shown) {
        return new ImageDraft((name, recipe) -> shown.apply(name, () -> images.make(name, recipe)), base);
    }

    @Override
    public ImageBuilder copy(Path source, String target) {
        Given.all(source, target);
        path(target);
        String into = target.endsWith("/") && !java.nio.file.Files.isDirectory(source) ? target + source.getFileName() : target;
        layers.add(when -> List.of(new CopiedFiles("COPY to " + target, List.of(new OfHost(source, into)), when)));
        return this;
    }

    @Override
    public ImageBuilder file(String target, byte[] content, int mode) {
        Given.all(target, content, mode);
        path(target);
        if (target.endsWith("/")) {
            throw new InvalidSpec("image path '" + target + "'", "it is a directory's", "write the name of the file");
        }
        byte[] own = content.clone();
        layers.add(when -> List.of(new CopiedFiles("COPY to " + target, List.of(new OfMemory(own, target, mode)), when)));
        return this;
    }

    private static void path(String target) {
        boolean climbs = List.of(target.split("/")).contains("..");
        boolean whiteout = List.of(target.split("/")).stream().anyMatch(part -> part.startsWith(".wh."));
        if (!target.startsWith("/") || climbs || whiteout || target.indexOf('\0') >= 0) {
            throw new InvalidSpec("image path '" + target.replace('\0', '?') + "'", climbs ? "it climbs" : whiteout ? "in a layer a name with .wh. deletes another" : "it is not absolute",
                    "write an absolute path of the image");
        }
    }

    @Override
    public ImageBuilder classpath(String mainClass) {
        Given.one(mainClass);
        return classpathOf(null, mainClass);
    }

    @Override
    public ImageBuilder classpath(List<Path> entries, String mainClass) {
        Given.all(entries, mainClass);
        return classpathOf(List.copyOf(entries), mainClass);
    }

    private ImageBuilder classpathOf(@Nullable List<Path> entries, String mainClass) {
        layers.add(when -> ClasspathLayers.of(entries, when));
        return entrypoint("java", "@" + ClasspathLayers.OPTIONS, mainClass);
    }

    @Override
    public ImageBuilder change(String... instructions) {
        Given.one(instructions);
        for (String instruction : instructions) {
            ImportChanges.one(new SettingsDraft(ImageConfig.Settings.NONE), instruction); // a bad one is told here, not at build()
            changes.add(draft -> ImportChanges.one(draft, instruction));
            words.add(instruction.strip());
        }
        return this;
    }

    private ImageBuilder set(String word, Consumer<SettingsDraft> change) {
        if (word.indexOf('\0') >= 0) {
            throw new InvalidSpec("image setting '" + word.replace('\0', '?') + "'", "it contains a NUL character", "leave it out");
        }
        changes.add(change);
        words.add(word);
        return this;
    }

    @Override
    public ImageBuilder entrypoint(String... list) {
        Given.one(list);
        List<String> own = List.of(list);
        return set("ENTRYPOINT " + String.join(" ", own), draft -> draft.entrypoint(own));
    }

    @Override
    public ImageBuilder command(String... list) {
        Given.one(list);
        List<String> own = List.of(list);
        return set("CMD " + String.join(" ", own), draft -> draft.cmd(own));
    }

    @Override
    public ImageBuilder env(String key, String value) {
        Given.all(key, value);
        if (key.isEmpty() || key.indexOf('=') >= 0) {
            throw new InvalidSpec("env '" + key + "'", "a name is not empty and has no '='", "write env(\"KEY\", \"value\")");
        }
        return set("ENV " + key + "=" + value, draft -> draft.env(key, value));
    }

    @Override
    public ImageBuilder workdir(String directory) {
        Given.one(directory);
        path(directory);
        return set("WORKDIR " + directory, draft -> draft.workdir(directory));
    }

    @Override
    public ImageBuilder user(String user) {
        Given.one(user);
        return set("USER " + user, draft -> draft.user(user));
    }

    @Override
    public ImageBuilder label(String key, String value) {
        Given.all(key, value);
        return set("LABEL " + key + "=" + value, draft -> draft.label(key, value));
    }

    @Override
    public ImageBuilder expose(int port) {
        if (port < 1 || port > 65535) {
            throw new InvalidSpec("port " + port, "it is not from 1 to 65535", "write the port that the program serves");
        }
        return set("EXPOSE " + port, draft -> draft.ports(List.of(port + "/tcp")));
    }

    @Override
    public ImageBuilder volume(String directory) {
        Given.one(directory);
        path(directory);
        return set("VOLUME " + directory, draft -> draft.volumes(List.of(directory)));
    }

    @Override
    public ImageBuilder stopSignal(Signal signal) {
        Given.one(signal);
        return set("STOPSIGNAL SIG" + signal, draft -> draft.stopSignal("SIG" + signal));
    }

    @Override
    public ImageBuilder author(String name) {
        Given.one(name);
        author = name;
        return this;
    }

    @Override
    public ImageBuilder created(Instant when) {
        Given.one(when);
        created = when;
        return this;
    }

    @Override
    public Image build(String reference) {
        Given.one(reference);
        Instant when = created;
        List<Supplier<List<LayerContent>>> parts = new ArrayList<>();
        layers.forEach(l -> parts.add(() -> l.apply(when)));
        return maker.apply(reference, new ImageRecipe(base, parts, changes, words, author, when, true));
    }
}
