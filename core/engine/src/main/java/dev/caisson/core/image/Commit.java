package dev.caisson.core.image;

import dev.caisson.Change;
import dev.caisson.CommitOptions;
import dev.caisson.core.content.ImageRecord;
import dev.caisson.core.layer.LayerPacker;
import dev.caisson.core.layer.TarEntry;
import dev.caisson.linux.SafeRoot;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What {@code docker commit} takes of a container.
 *
 * @param base id of its image; null if it has none, and all its files are one layer
 * @param root its root file system, which stands still meanwhile
 * @param changes what differs from its image, sorted by path
 * @param ids what owners of files are in the image: those inside the container
 * @param settings its own settings, over those of its image
 */
public record Commit(@Nullable String base, SafeRoot root, List<Change> changes, UnaryOperator<TarEntry> ids, Settings settings) {
    /**
     * Settings that a container was given; null and empty for those of its image.
     *
     * @param command what ran, for the history
     */
    public record Settings(@Nullable List<String> entrypoint, @Nullable List<String> command, Map<String, String> env, @Nullable String workdir, @Nullable String user,
            Map<String, String> labels, List<String> ports, @Nullable String stopSignal) {
        void applyTo(SettingsDraft draft) {
            env.forEach(draft::env);
            labels.forEach(draft::label);
            draft.ports(ports);
            if (entrypoint != null) {
                draft.entrypoint(entrypoint);
            }
            if (command != null) {
                draft.cmd(command);
            }
            if (workdir != null) {
                draft.workdir(workdir);
            }
            if (user != null) {
                draft.user(user);
            }
            if (stopSignal != null) {
                draft.stopSignal(stopSignal);
            }
        }
    }

    /** A container's files, as far as they are the layer. */
    private record Layer(Commit of, String madeBy) implements LayerContent {
        @Override
        public void write(OutputStream out) {
            LayerPacker packer = new LayerPacker(of.root, LayerPacker.Source.TREE, of.ids);
            if (of.base == null) {
                packer.pack(out);
            } else {
                packer.packChanges(out, of.changes);
            }
        }
    }

    /** Makes the image. Errors as of {@link LocalImages#fromDirectory}; the stores are as before then. */
    public ImageRecord run(LocalImages images, String reference, CommitOptions options) {
        ImportChanges.apply(options.changes());
        String madeBy = options.message().isEmpty() ? "commit" : options.message();
        List<LayerContent> layers = base != null && changes.isEmpty() ? List.of() : List.of(new Layer(this, madeBy));
        List<Consumer<SettingsDraft>> all = new ArrayList<>(List.of(settings::applyTo));
        options.changes().forEach(word -> all.add(draft -> ImportChanges.one(draft, word)));
        return images.make(reference, new ImageRecipe(base, List.of(() -> layers), all, options.changes(), options.author(), null, false));
    }
}
