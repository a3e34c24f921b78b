package dev.caisson;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Which containers are meant ({@code docker ps --filter}). A value: each method gives a narrower filter. Of several values of one kind one must fit, of labels all;
 * all kinds must fit.
 *
 * @param conditions values by kind
 */
public record ContainerFilter(Map<Kind, List<String>> conditions) {
    /** What is compared. */
    public enum Kind { ID, NAME, LABEL, STATUS, EXITED, ANCESTOR, BEFORE, SINCE, NETWORK, PUBLISH, EXPOSE, VOLUME, HEALTH }

    private static final ContainerFilter ALL = new ContainerFilter(Map.of());

    public ContainerFilter {
        Map<Kind, List<String>> copy = new EnumMap<>(Kind.class);
        conditions.forEach((kind, values) -> copy.put(kind, List.copyOf(values)));
        conditions = java.util.Collections.unmodifiableMap(copy);
    }

    /** Every container, those that are only created or have ended too. */
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
     */
    public ContainerFilter id(String beginning) {
        return with(Kind.ID, beginning);
    }

    /**
     * Whose name contains this.
     *
     * @param part anywhere in it; case matters
     */
    public ContainerFilter name(String part) {
        return with(Kind.NAME, part);
    }

    /**
     * With this label, whatever its value.
     *
     * @param key exactly
     */
    public ContainerFilter label(String key) {
        return with(Kind.LABEL, key);
    }

    /**
     * With this label and value.
     *
     * @param key exactly
     * @param value exactly
     */
    public ContainerFilter label(String key, String value) {
        return with(Kind.LABEL, key + "=" + value);
    }

    /**
     * In one of these states.
     *
     * @param states one of them will do
     */
    public ContainerFilter status(Container.State... states) {
        return Arrays.stream(states).reduce(this, (f, s) -> f.with(Kind.STATUS, s.name()), (a, b) -> b);
    }

    /**
     * Which ended with this code.
     *
     * @param code of its last end
     */
    public ContainerFilter exited(int code) {
        return with(Kind.EXITED, Integer.toString(code));
    }

    /**
     * Of this image: a reference as it was given, or its id.
     *
     * @param image the reference as it was given, or the whole id
     */
    public ContainerFilter ancestor(String image) {
        return with(Kind.ANCESTOR, image);
    }

    /**
     * Made before that container.
     *
     * @param container name or id
     */
    public ContainerFilter before(String container) {
        return with(Kind.BEFORE, container);
    }

    /**
     * Made after that container.
     *
     * @param container name or id
     */
    public ContainerFilter since(String container) {
        return with(Kind.SINCE, container);
    }

    /**
     * On this network.
     *
     * @param name as of {@link Container#networks()}
     */
    public ContainerFilter network(String name) {
        return with(Kind.NETWORK, name);
    }

    /**
     * Which publishes this port of its own.
     *
     * @param containerPort 1 to 65535
     */
    public ContainerFilter publish(int containerPort) {
        return with(Kind.PUBLISH, Integer.toString(containerPort));
    }

    /**
     * Which publishes or exposes this port of its own.
     *
     * @param containerPort 1 to 65535
     */
    public ContainerFilter expose(int containerPort) {
        return with(Kind.EXPOSE, Integer.toString(containerPort));
    }

    /**
     * With this volume, or something mounted there.
     *
     * @param nameOrTarget exactly
     */
    public ContainerFilter volume(String nameOrTarget) {
        return with(Kind.VOLUME, nameOrTarget);
    }

    /**
     * Whose health is so.
     *
     * @param status as of now
     */
    public ContainerFilter health(Health.Status status) {
        return with(Kind.HEALTH, status.name());
    }

    @Override
    public String toString() {
        return conditions.toString().toLowerCase(Locale.ROOT);
    }
}
