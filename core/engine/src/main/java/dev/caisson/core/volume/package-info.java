/** Volumes: directories that outlive containers. {@code VolumeStore} keeps them, {@code VolumeMark} knows who has one, {@code CopyUp} fills a new one. */
@NullMarked
package dev.caisson.core.volume;

import org.jspecify.annotations.NullMarked;
