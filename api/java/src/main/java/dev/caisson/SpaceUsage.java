package dev.caisson;

/**
 * What containers or volumes take on disk ({@code docker system df}).
 *
 * @param total how many there are
 * @param active how many of them are in use: containers that run or are paused, volumes that a container has
 * @param bytes what all of them take
 * @param reclaimableBytes what those take that are not in use
 */
public record SpaceUsage(int total, int active, long bytes, long reclaimableBytes) {}
