/** Layers as directories, shared by the drivers that keep them so: durable, committed at once, safe for several engines. */
@org.jspecify.annotations.NullMarked
package dev.caisson.storage.layers;
