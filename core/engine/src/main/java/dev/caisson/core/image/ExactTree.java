package dev.caisson.core.image;

import dev.caisson.core.layer.LayerPacker;
import dev.caisson.linux.SafeRoot;
import java.io.OutputStream;
import java.nio.file.Path;

/** A directory just as it is, as the root of the image. */
record ExactTree(Path directory) implements LayerContent {
    @Override
    public void write(OutputStream out) {
        try (SafeRoot root = SafeRoot.open(directory)) {
            new LayerPacker(root, LayerPacker.Source.TREE).pack(out);
        }
    }

    @Override
    public String madeBy() {
        return "COPY . /";
    }
}
