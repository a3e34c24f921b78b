package dev.caisson;

/**
 * All binds and volumes of another container of the same engine ({@code --volumes-from}).
 *
 * @param container its name or id
 * @param readOnly whether they are read-only here, whatever they are there
 */
public record VolumesFrom(String container, boolean readOnly) {}
