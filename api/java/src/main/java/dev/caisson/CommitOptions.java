package dev.caisson;

import java.util.ArrayList;
import java.util.List;

/**
 * How an image is made of a container ({@code docker commit}).
 *
 * @param changes Dockerfile instructions that change the settings: CMD ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL ONBUILD STOPSIGNAL USER VOLUME WORKDIR
 * @param author for the image's configuration; "" for none
 * @param message for its history; "" for none
 * @param pause whether the container's processes stand still meanwhile; what they write otherwise may be in the image in part
 */
public record CommitOptions(List<String> changes, String author, String message, boolean pause) {
    /** No changes, and the container is paused. */
    public static final CommitOptions DEFAULT = new CommitOptions(List.of(), "", "", true);

    /** The list is copied. */
    public CommitOptions {
        changes = List.copyOf(changes);
    }

    /**
     * With further instructions.
     *
     * @param more Dockerfile instructions, after those given before
     * @return a copy
     */
    public CommitOptions change(String... more) {
        List<String> all = new ArrayList<>(changes);
        all.addAll(List.of(more));
        return new CommitOptions(all, author, message, pause);
    }

    /**
     * By somebody.
     *
     * @param name as {@code docker commit --author}
     * @return a copy
     */
    public CommitOptions author(String name) {
        return new CommitOptions(changes, name, message, pause);
    }

    /**
     * With a line for the history.
     *
     * @param text as {@code docker commit --message}
     * @return a copy
     */
    public CommitOptions message(String text) {
        return new CommitOptions(changes, author, text, pause);
    }

    /**
     * Paused meanwhile, or not.
     *
     * @param whether true by default
     * @return a copy
     */
    public CommitOptions pause(boolean whether) {
        return new CommitOptions(changes, author, message, whether);
    }
}
