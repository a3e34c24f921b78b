package dev.caisson;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Which containers are meant ({@code docker ps --filter}). A value: each method gives another one, with a further condition. Of several values of one kind one must fit, of labels
 * all; all kinds must fit.
 *
 * @param conditions values by kind
 */
public record ContainerFilter(Map<Kind, List<String>> conditions) {
    /** What is compared. */
    public enum Kind {
        /** The beginning of its id. */
        ID,
        /** A part of its name. */
        NAME,
        /** A label's key, or {@code key=value}. */
        LABEL,
        /** A name of {@link Container.State}. */
        STATUS,
        /** The exit code of its last end. */
        EXITED,
        /** Its image, by the reference it was started from or by id. */
        ANCESTOR,
        /** Another container, made later. */
        BEFORE,
        /** Another container, made earlier. */
        SINCE,
        /** A network it is on, or is to be on when it is started. */
        NETWORK,
        /** A port of its own that is published. */
        PUBLISH,
        /** A port of its own that is published, or exposed by itself or its image. */
        EXPOSE,
        /** A volume's name, or a target of a mount. */
        VOLUME,
        /** A name of {@link Health.Status}. */
        HEALTH
    }

    private static final ContainerFilter ALL = new ContainerFilter(Map.of());

    /** Map and lists are copied. */
    public ContainerFilter {
        Map<Kind, List<String>> copy = new EnumMap<>(Kind.class);
        conditions.forEach((kind, values) -> copy.put(kind, List.copyOf(values)));
        conditions = java.util.Collections.unmodifiableMap(copy);
    }

    /** {@return a filter for every container, those that are only created or have ended too} */
    public static ContainerFilter all() {
        return ALL;
    }

    private ContainerFilter with(Kind kind, String value) {
        Map<Kind, List<String>> more = new EnumMap<>(Kind.class);
        more.putAll(conditions);
        List<String> values = new ArrayList<>(more.getOrDefault(kind, List.of()));
        values.add(value);
        more.put(kind, values);
        return new ContainerFilter(more);
    }

    /**
     * Whose id begins so.
     *
     * @param beginning of the 64 hex digits
     * @return a copy
     */
    public ContainerFilter id(String beginning) {
        return with(Kind.ID, beginning);
    }

    /**
     * Whose name contains this.
     *
     * @param part anywhere in it; case matters
     * @return a copy
     */
    public ContainerFilter name(String part) {
        return with(Kind.NAME, part);
    }

    /**
     * With this label, whatever its value.
     *
     * @param key exactly
     * @return a copy
     */
    public ContainerFilter label(String key) {
        return with(Kind.LABEL, key);
    }

    /**
     * With this label and value.
     *
     * @param key exactly
     * @param value exactly
     * @return a copy
     */
    public ContainerFilter label(String key, String value) {
        return with(Kind.LABEL, key + "=" + value);
    }

    /**
     * In one of these states.
     *
     * @param states one of them will do
     * @return a copy
     */
    public ContainerFilter status(Container.State... states) {
        return Arrays.stream(states).reduce(this, (f, s) -> f.with(Kind.STATUS, s.name()), (a, b) -> b);
    }

    /**
     * Which ended with this code.
     *
     * @param code of its last end
     * @return a copy
     */
    public ContainerFilter exited(int code) {
        return with(Kind.EXITED, Integer.toString(code));
    }

    /**
     * Of this image: a reference as it was given, or its id.
     *
     * @param image the reference as it was given, or the whole id
     * @return a copy
     */
    public ContainerFilter ancestor(String image) {
        return with(Kind.ANCESTOR, image);
    }

    /**
     * Made before that container.
     *
     * @param container name or id; that it is not here is a {@link EngineProblem} when the filter is used
     * @return a copy
     */
    public ContainerFilter before(String container) {
        return with(Kind.BEFORE, container);
    }

    /**
     * Made after that container.
     *
     * @param container name or id; that it is not here is a {@link EngineProblem} when the filter is used
     * @return a copy
     */
    public ContainerFilter since(String container) {
        return with(Kind.SINCE, container);
    }

    /**
     * On this network, or to be on it when it is started.
     *
     * @param name as of {@link Container#networks()}
     * @return a copy
     */
    public ContainerFilter network(String name) {
        return with(Kind.NETWORK, name);
    }

    /**
     * Which publishes this port of its own.
     *
     * @param containerPort 1 to 65535
     * @return a copy
     */
    public ContainerFilter publish(int containerPort) {
        return with(Kind.PUBLISH, Integer.toString(containerPort));
    }

    /**
     * Which publishes or exposes this port of its own.
     *
     * @param containerPort 1 to 65535
     * @return a copy
     */
    public ContainerFilter expose(int containerPort) {
        return with(Kind.EXPOSE, Integer.toString(containerPort));
    }

    /**
     * With this volume, or something mounted there.
     *
     * @param nameOrTarget the name of the volume, or the absolute path of the mount inside; exactly
     * @return a copy
     */
    public ContainerFilter volume(String nameOrTarget) {
        return with(Kind.VOLUME, nameOrTarget);
    }

    /**
     * Whose health is so.
     *
     * @param status as of now
     * @return a copy
     */
    public ContainerFilter health(Health.Status status) {
        return with(Kind.HEALTH, status.name());
    }

    @Override
    public String toString() {
        return conditions.toString().toLowerCase(Locale.ROOT);
    }
}
