package dev.caisson.core.image;

import java.util.List;

/** A manifest document: one image, or an index of several. */
public sealed interface ImageDocument {
    /** What it is. */
    String mediaType();

    /** One image: a configuration and layers, lowest first. */
    record Manifest(String mediaType, Descriptor config, List<Descriptor> layers) implements ImageDocument {
        public Manifest {
            layers = List.copyOf(layers);
        }

        /** Bytes of all layers as they are stored. */
        public long layerBytes() {
            return layers.stream().mapToLong(Descriptor::size).sum();
        }
    }

    /** Manifests for several platforms, or further indexes. */
    record Index(String mediaType, List<Descriptor> manifests) implements ImageDocument {
        public Index {
            manifests = List.copyOf(manifests);
        }
    }
}
