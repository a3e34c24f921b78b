package dev.caisson;

/**
 * What an engine takes on disk ({@code docker system df}). There is no build cache: layers are the images'.
 *
 * @param images of the root directory, whoever loaded them
 * @param containers of this engine: their writable layers and logs
 * @param volumes of the root directory
 */
public record DiskUsage(ImageUsage images, SpaceUsage containers, SpaceUsage volumes) {}
