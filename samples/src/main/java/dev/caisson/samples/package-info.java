/** Programs that show Caisson at work, each with a {@code main} of its own; {@code samples/quickstart [Name]} builds and starts one. */
@NullMarked
package dev.caisson.samples;

import org.jspecify.annotations.NullMarked;
