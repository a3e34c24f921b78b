package dev.caisson;

import java.util.List;

/**
 * What the images of a root take on disk ({@code docker system df}).
 *
 * @param images how many there are
 * @param inUse how many of them a container stands on
 * @param blobBytes compressed layers, manifests and configurations
 * @param layerBytes unpacked layers; what several images share counts once
 * @param reclaimableBytes how much of both would go with {@code prune(ImageFilter.all())}
 * @param each image apart, newest first ({@code docker system df -v})
 * @param json the same as docker's {@code GET /system/df} writes it: LayersSize and Images
 */
public record ImageUsage(int images, int inUse, long blobBytes, long layerBytes, long reclaimableBytes, List<ImageSpace> each, String json) {
    /** The list is copied. */
    public ImageUsage {
        each = List.copyOf(each);
    }
}
