package dev.caisson;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What this host allows.
 *
 * @param facts what was found, in the order of importance
 */
public record HostReport(List<Finding> facts) {
    /** The list is copied. */
    public HostReport {
        facts = List.copyOf(facts);
    }

    /**
     * One thing that was probed.
     *
     * @param name of the thing
     * @param grade whether containers run without it
     * @param ok whether it is there
     * @param detail how that was found out, and with what result
     * @param remedy the exact line that would bring it; "" if there is none or none is needed
     */
    public record Finding(String name, Grade grade, boolean ok, String detail, String remedy) {}

    /** How much depends on a thing. */
    public enum Grade {
        /** No container runs without it. */
        REQUIRED,
        /** Containers run, with less protection or slower. */
        RECOMMENDED,
        /** One feature needs it, which is refused without it. */
        OPTIONAL
    }

    /** {@return whether containers can run here} */
    public boolean usable() {
        return facts.stream().allMatch(f -> f.ok() || f.grade() != Grade.REQUIRED);
    }

    /** The report for people. */
    @Override
    public String toString() {
        return (usable() ? "This host can run containers." : "This host cannot run containers.") + System.lineSeparator()
                + facts.stream().map(f -> String.format("  %-4s %-22s %s%s", f.ok() ? "ok" : f.grade() == Grade.REQUIRED ? "NO" : "-", f.name(), f.detail(),
                        f.remedy().isEmpty() ? "" : System.lineSeparator() + "         remedy: " + f.remedy()))
                        .collect(Collectors.joining(System.lineSeparator()));
    }
}
