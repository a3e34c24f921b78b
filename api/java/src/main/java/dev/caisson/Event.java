package dev.caisson;

import java.time.Duration;
import java.time.Instant;

/**
 * Something that happened in an engine. Listeners are called on the thread that did it and must be quick.
 *
 * @param when when it ended
 * @param subject the container's id, or the image's reference
 * @param stage which step
 * @param took how long the step took
 * @param detail for people; "" if there is nothing to say
 */
public record Event(Instant when, String subject, Stage stage, Duration took, String detail) {
}
