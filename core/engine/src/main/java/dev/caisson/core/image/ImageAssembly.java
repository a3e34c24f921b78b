package dev.caisson.core.image;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.ImageConfig.Step;
import dev.caisson.core.image.ImageDocument.Manifest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes the blobs of an image after a recipe: layers, configuration, manifest. */
final class ImageAssembly {
    private final ContentStore content;
    private final Added added;
    private final ImageRecipe recipe;
    private final Instant created;

    ImageAssembly(ContentStore content, Added added, ImageRecipe recipe) {
        this.content = content;
        this.added = added;
        this.recipe = recipe;
        this.created = recipe.created() == null ? Instant.now().truncatedTo(ChronoUnit.SECONDS) : recipe.created();
    }

    /**
     * Stores what is new.
     *
     * @param below the image it is built on; null for nothing
     * @param host what it is for, if it is built on nothing
     * @return the manifest's digest
     */
    Digest run(@Nullable Manifest below, @Nullable ImageConfig config, Platform host) {
        List<Descriptor> layers = new ArrayList<>();
        List<Digest> diffIds = new ArrayList<>();
        List<Step> history = new ArrayList<>();
        if (below != null && config != null) {
            below.layers().forEach(l -> layers.add(oci(l)));
            diffIds.addAll(config.diffIds());
            history.addAll(config.history());
        }
        SettingsDraft settings = settings(config);
        for (Supplier<List<LayerContent>> part : recipe.layers()) {
            for (LayerContent layer : part.get()) {
                StoredLayers.Made made = StoredLayers.write(content, added, layer);
                layers.add(made.descriptor());
                diffIds.add(made.diffId());
                history.add(Step.layer(created, layer.madeBy()));
            }
        }
        recipe.words().forEach(word -> history.add(new Step(created, word, "", "", true)));
        byte[] document = ConfigJson.write(new ImageConfig(config == null ? host : config.platform(), created, recipe.author(), settings.settings(), diffIds, history));
        return added.blob(DockerArchive.manifest(Descriptor.of(MediaTypes.OCI_CONFIG, added.blob(document), document.length), layers));
    }

    /** A manifest is OCI's or docker's altogether. */
    private Descriptor oci(Descriptor layer) {
        return Descriptor.of(MediaTypes.OCI_LAYER + StoredLayers.compression(content, layer.digest()).mediaTypeSuffix(), layer.digest(), layer.size());
    }

    private SettingsDraft settings(@Nullable ImageConfig config) {
        SettingsDraft draft = new SettingsDraft(config == null ? ImageConfig.Settings.NONE : config.settings());
        for (String instruction : config == null || !recipe.triggers() ? List.<String>of() : config.settings().onBuild()) {
            if (!ImportChanges.isChange(instruction)) {
                throw new ImageProblem(Stage.RESOLVE, "image " + recipe.base() + " wants ONBUILD " + instruction + " to be run for images built on it, which takes a Dockerfile",
                        "take a base image without ONBUILD");
            }
            ImportChanges.one(draft, instruction);
        }
        recipe.changes().forEach(change -> change.accept(draft));
        return draft;
    }
}
