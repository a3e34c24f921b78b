package dev.caisson.core.image;

import dev.caisson.Image;
import dev.caisson.ImageBuilder;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.ImageRecord;
import dev.caisson.core.content.ImageStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests of images begin with empty stores in a directory of their own. */
abstract class ImageRoom {
    @TempDir
    Path temp;
    ContentStore content;
    PlainLayers driver;
    LocalImages images;

    @BeforeEach
    void open() throws IOException {
        content = ContentStore.open(temp.resolve("root/content"));
        driver = new PlainLayers(temp.resolve("root/layers"));
        images = new LocalImages(content, ImageStore.open(temp.resolve("root/images")), driver, PlainLayers.mounter(), Platform.host().architecture());
    }

    @AfterEach
    void close() {
        content.close();
    }

    /** @param base an image; null for nothing */
    ImageBuilder draft(@Nullable String base) {
        return ImageDraft.of(images, base, (name, made) -> shown(made.get()));
    }

    static Image shown(ImageRecord r) {
        return new Image(r.config().toString(), r.manifest().toString(), r.references(), r.platform(), r.created(), r.size(), Map.of());
    }

    /** Runs a script in the directory. */
    String sh(String script) {
        return PlainLayers.output("sh", "-ec", "cd " + temp + "; " + script);
    }

    /** The unpacked image. */
    Path tree(String reference) {
        return driver.tree(images.resolve(reference).top());
    }
}
