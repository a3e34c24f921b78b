package dev.caisson;

/**
 * What the images of a root take on disk ({@code docker system df}).
 *
 * @param images how many there are
 * @param inUse how many of them a container stands on
 * @param blobBytes compressed layers, manifests and configurations
 * @param layerBytes unpacked layers; what several images share counts once
 * @param reclaimableBytes how much of both would go with {@code prune(ImageFilter.all())}
 */
public record ImageUsage(int images, int inUse, long blobBytes, long layerBytes, long reclaimableBytes) {}
