package dev.caisson.spi;

import dev.caisson.InvalidSpec;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What callers hand to a builder's methods: none of it is null. The message names the method that asks here, so that no method has to. */
public final class Given {
    private static final StackWalker STACK = StackWalker.getInstance();

    private Given() {}

    /**
     * The only value that the calling method was given.
     *
     * @param value looked into if it is an array, a collection or a map
     * @throws InvalidSpec if it, or an element of it (of an array, a list, a map), is null
     */
    public static void one(@Nullable Object value) {
        if (incomplete(value)) {
            throw refused(shown(value));
        }
    }

    /**
     * All values that the calling method was given, in their order.
     *
     * @param first looked into as {@link #one} does
     * @param second likewise
     * @param more likewise
     * @throws InvalidSpec if one of them, or an element of one, is null
     */
    public static void all(@Nullable Object first, @Nullable Object second, @Nullable Object... more) {
        if (incomplete(first) || incomplete(second) || incomplete(more)) {
            throw refused(shown(first) + ", " + shown(second) + Arrays.stream(more).map(v -> ", " + shown(v)).collect(Collectors.joining()));
        }
    }

    private static boolean incomplete(@Nullable Object value) {
        if (value instanceof Object[] array) {
            for (Object each : array) {
                if (incomplete(each)) {
                    return true;
                }
            }
            return false;
        }
        if (value instanceof Map<?, ?> map) {
            return incomplete(map.keySet()) || incomplete(map.values());
        }
        if (value instanceof Collection<?> all) {
            for (Object each : all) {
                if (each == null) {
                    return true;
                }
            }
        }
        return value == null;
    }

    /** Where the nulls are, and of the rest nothing: it may be a secret. */
    private static String shown(@Nullable Object value) {
        if (value instanceof Object[] array) {
            return array.length == 0 ? "…" : Arrays.stream(array).map(Given::shown).collect(Collectors.joining(", "));
        }
        if (value instanceof Map<?, ?> map && incomplete(map)) {
            return map.entrySet().stream().map(e -> shown(e.getKey()) + "=" + shown(e.getValue())).collect(Collectors.joining(", ", "{", "}"));
        }
        if (value instanceof Collection<?> all && incomplete(all)) {
            return all.stream().map(Given::shown).collect(Collectors.joining(", ", "[", "]"));
        }
        return value == null ? "null" : "…";
    }

    private static InvalidSpec refused(String values) {
        String method = STACK.walk(frames -> frames.dropWhile(f -> f.getClassName().equals(Given.class.getName())).findFirst()).map(StackWalker.StackFrame::getMethodName).orElse("");
        return new InvalidSpec(method + "(" + values + ")", "is null", "give a value, or leave " + method + "(…) out");
    }
}
