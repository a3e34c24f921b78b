package dev.caisson;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which events are meant ({@code docker events --filter --since --until}). A value: each method gives another one, with a further condition.
 *
 * @param actions one of them; empty for all
 * @param containers ids or names, one of them; empty for all
 * @param labels all of them; "" for any value
 * @param since not earlier; empty: of a stream from now on, of {@link Events#past} all that is kept
 * @param until not later; a stream ends then
 */
public record EventFilter(List<String> actions, List<String> containers, Map<String, String> labels, Optional<Instant> since, Optional<Instant> until) {
    private static final EventFilter ALL = new EventFilter(List.of(), List.of(), Map.of(), Optional.empty(), Optional.empty());

    /** Lists and map are copied. */
    public EventFilter {
        actions = List.copyOf(actions);
        containers = List.copyOf(containers);
        labels = Map.copyOf(labels);
    }

    /** {@return a filter for everything: of a stream from now on, of {@link Events#past} all that is kept} */
    public static EventFilter all() {
        return ALL;
    }

    /**
     * One of these actions.
     *
     * @param words of {@link ContainerEvent#action()}; they replace those given before
     * @return a copy
     */
    public EventFilter action(String... words) {
        return new EventFilter(List.of(words), containers, labels, since, until);
    }

    /**
     * Of one of these containers, by id or name.
     *
     * @param idsOrNames whole; they replace those given before
     * @return a copy
     */
    public EventFilter container(String... idsOrNames) {
        return new EventFilter(actions, List.of(idsOrNames), labels, since, until);
    }

    /**
     * Of containers with this label; "" for any value.
     *
     * @param key exactly
     * @param value exactly
     * @return a copy
     */
    public EventFilter label(String key, String value) {
        Map<String, String> more = new java.util.LinkedHashMap<>(labels);
        more.put(key, value);
        return new EventFilter(actions, containers, more, since, until);
    }

    /**
     * Those of the past too, as far as they are kept.
     *
     * @param time that itself is meant; the last 1,000 events are kept
     * @return a copy
     */
    public EventFilter since(Instant time) {
        return new EventFilter(actions, containers, labels, Optional.of(time), until);
    }

    /**
     * None that is later.
     *
     * @param time that itself is meant; a stream ends then
     * @return a copy
     */
    public EventFilter until(Instant time) {
        return new EventFilter(actions, containers, labels, since, Optional.of(time));
    }

    /**
     * Whether an event is meant.
     *
     * @param event of this engine
     * @return whether all conditions hold
     */
    public boolean matches(ContainerEvent event) {
        return (actions.isEmpty() || actions.contains(event.action())) && (containers.isEmpty() || containers.contains(event.id()) || containers.contains(event.name()))
                && labels.entrySet().stream().allMatch(l -> event.attributes().containsKey(l.getKey()) && (l.getValue().isEmpty() || l.getValue().equals(event.attributes().get(l.getKey()))))
                && since.map(s -> !event.when().isBefore(s)).orElse(true) && until.map(u -> !event.when().isAfter(u)).orElse(true);
    }
}
