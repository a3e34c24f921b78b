package dev.caisson.core.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.Image;
import dev.caisson.ImageDetails;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.ImageConfig.Settings;
import dev.caisson.core.image.ImageDocument.Manifest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an image says of itself, typed and as docker writes it. */
final class ImageInspection {
    private ImageInspection() {}

    static ImageDetails of(Image image, ImageConfig config, Manifest manifest) {
        Settings s = config.settings();
        return new ImageDetails(image, config.author(), s.user(), s.env(), or(s.entrypoint()), or(s.cmd()), s.workingDir(), s.exposedPorts(), s.volumes(),
                s.stopSignal(), Optional.ofNullable(s.healthcheck()).map(ImageInspection::healthcheck), s.onBuild(),
                config.diffIds().stream().map(Digest::toString).toList(), steps(config, manifest), json(image, config));
    }

    private static List<String> or(@Nullable List<String> list) {
        return list == null ? List.of() : list;
    }

    private static ImageDetails.Healthcheck healthcheck(ImageConfig.Healthcheck h) {
        return new ImageDetails.Healthcheck(h.test(), Duration.ofNanos(h.interval()), Duration.ofNanos(h.timeout()), Duration.ofNanos(h.startPeriod()),
                Duration.ofNanos(h.startInterval()), (int) Math.min(Integer.MAX_VALUE, h.retries()));
    }

    /** The history is the image's own word: where it tells of fewer layers than there are, the rest stands below it, nameless; where of more, they are nobody's. */
    private static List<ImageDetails.Step> steps(ImageConfig config, Manifest manifest) {
        List<ImageDetails.Step> steps = new ArrayList<>();
        int told = (int) config.history().stream().filter(step -> !step.emptyLayer()).count();
        int layer = 0;
        for (; layer < config.diffIds().size() - told; layer++) {
            steps.add(step(new ImageConfig.Step(config.created(), "", "", "", false), config, manifest, layer));
        }
        for (ImageConfig.Step step : config.history()) {
            steps.add(step(step, config, manifest, step.emptyLayer() ? Integer.MAX_VALUE : layer++));
        }
        return steps;
    }

    private static ImageDetails.Step step(ImageConfig.Step s, ImageConfig config, Manifest manifest, int layer) {
        boolean there = layer < Math.min(config.diffIds().size(), manifest.layers().size());
        return new ImageDetails.Step(s.created(), s.createdBy(), s.author(), s.comment(), there ? manifest.layers().get(layer).size() : 0,
                there ? Optional.of(config.diffIds().get(layer).toString()) : Optional.empty());
    }

    /** As of {@code docker image inspect}: Id, RepoTags, RepoDigests, Created, Author, Config, Architecture, Variant, Os, Size, RootFS. */
    private static String json(Image image, ImageConfig config) {
        ObjectNode top = StrictJson.mapper().createObjectNode().put("Id", image.id());
        image.references().forEach(r -> top.withArray("RepoTags").add(ImageReference.parse(r).familiar()));
        image.references().stream().map(r -> ImageReference.parse(r).name() + "@" + image.digest()).distinct().forEach(top.withArray("RepoDigests")::add);
        top.put("Created", config.created().toString()).put("Author", config.author());
        ConfigJson.settings(top.putObject("Config"), config.settings());
        top.put("Architecture", config.platform().architecture()).put("Os", config.platform().os());
        if (!config.platform().variant().isEmpty()) {
            top.put("Variant", config.platform().variant());
        }
        ObjectNode rootfs = top.put("Size", image.size()).putObject("RootFS").put("Type", "layers");
        config.diffIds().forEach(d -> rootfs.withArray("Layers").add(d.toString()));
        try {
            return StrictJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(top);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of text cannot fail to be written", e);
        }
    }
}
