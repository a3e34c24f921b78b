package dev.caisson.core.image;

import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How an image is made of another one, or of nothing.
 *
 * @param base its name; null for nothing
 * @param layers what is added, lowest first; looked at when the image is made
 * @param changes of the settings, in their order
 * @param words the changes as the history tells them
 * @param created time of the image; null for now
 * @param triggers whether ONBUILD instructions of the base are carried out, as for any image that is built on it
 */
record ImageRecipe(@Nullable String base, List<Supplier<List<LayerContent>>> layers, List<Consumer<SettingsDraft>> changes, List<String> words, String author,
        @Nullable Instant created, boolean triggers) {
    ImageRecipe {
        layers = List.copyOf(layers);
        changes = List.copyOf(changes);
        words = List.copyOf(words);
    }
}
