package dev.caisson.core.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.ImageSpace;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.content.ImageRecord;
import dev.caisson.spi.storage.LayerId;
import dev.caisson.spi.storage.StorageDriver;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;

/** What each image takes on disk, by itself and with others: {@code docker system df -v}. Every blob and layer is measured once. */
final class ImageSpaces {
    private final Map<Object, Long> sizes = new HashMap<>();
    private final Map<Object, Integer> owners = new HashMap<>();
    private final Map<ImageRecord, Set<Object>> parts = new LinkedHashMap<>();

    ImageSpaces(List<ImageRecord> images, ImageGarbage garbage, ContentStore content, StorageDriver driver) {
        for (ImageRecord image : images) {
            Set<Object> own = new LinkedHashSet<>(garbage.blobsOf(image));
            own.addAll(image.layers());
            parts.put(image, own);
            own.forEach(part -> {
                owners.merge(part, 1, Integer::sum);
                sizes.computeIfAbsent(part, p -> size(p, content, driver));
            });
        }
    }

    private static long size(Object part, ContentStore content, StorageDriver driver) {
        return part instanceof Digest blob ? content.has(blob) ? content.size(blob) : 0 : driver.has((LayerId) part) ? driver.usage((LayerId) part).bytes() : 0;
    }

    /** @param containers how many stand on a layer */
    List<ImageSpace> all(ToIntFunction<LayerId> containers) {
        List<ImageSpace> all = new ArrayList<>();
        parts.forEach((image, own) -> all.add(new ImageSpace(image.config().toString(), image.references(), image.created(), own.stream().mapToLong(sizes::get).sum(),
                own.stream().filter(part -> owners.get(part) > 1).mapToLong(sizes::get).sum(),
                image.layers().isEmpty() ? 0 : containers.applyAsInt(image.layers().get(image.layers().size() - 1)))));
        all.sort(Comparator.comparing(ImageSpace::created).reversed());
        return all;
    }

    /** The images' part of {@code GET /system/df}. */
    static String json(long layerBytes, List<ImageSpace> all) {
        ObjectNode top = StrictJson.mapper().createObjectNode().put("LayersSize", layerBytes);
        top.putArray("Images");
        for (ImageSpace image : all) {
            ObjectNode one = top.withArray("Images").addObject().put("Id", image.id()).put("Created", image.created().getEpochSecond());
            one.put("Size", image.bytes()).put("SharedSize", image.sharedBytes()).put("Containers", image.containers());
            one.putArray("RepoTags");
            image.references().forEach(r -> one.withArray("RepoTags").add(ImageReference.parse(r).familiar()));
        }
        try {
            return StrictJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(top);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of text cannot fail to be written", e);
        }
    }
}
