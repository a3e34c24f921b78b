package dev.caisson.core.security;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The paths of /proc and /sys that a container must not see, and those it must not write (moby, daemon/pkg/oci/defaults.go). Which of them
 * exist is the host's doing, not the container's: it is asked once, and what does not exist costs no container anything.
 *
 * @param masked covered by an empty directory or by /dev/null
 * @param readOnly mounted read-only over themselves
 */
public record MaskedPaths(List<String> masked, List<String> readOnly) {
    /** Docker's list without the processors. */
    static final List<String> MASKED = List.of("/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
            "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
            "/sys/devices/virtual/powercap", "/sys/firmware");
    /** Below every processor's directory: temperatures betray what other containers compute (GHSA-6fw5-f8r9-fgfm). */
    static final String PER_CPU = "thermal_throttle";
    static final List<String> READ_ONLY = List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

    private static final Path CPUS = Path.of("/sys/devices/system/cpu");

    public MaskedPaths {
        masked = List.copyOf(masked);
        readOnly = List.copyOf(readOnly);
    }

    /** What this host has of them; to be asked once per engine. */
    public static MaskedPaths ofHost() {
        return of(cpus(CPUS), path -> Files.exists(Path.of(path), LinkOption.NOFOLLOW_LINKS));
    }

    /** None: for privileged containers, which see everything. */
    public static MaskedPaths none() {
        return new MaskedPaths(List.of(), List.of());
    }

    static MaskedPaths of(List<String> cpus, Predicate<String> exists) {
        Stream<String> throttles = cpus.stream().map(cpu -> CPUS + "/" + cpu + "/" + PER_CPU);
        return new MaskedPaths(Stream.concat(MASKED.stream(), throttles).filter(exists).toList(), READ_ONLY.stream().filter(exists).toList());
    }

    /** cpu0, cpu1 …: those the kernel has, online or not. */
    static List<String> cpus(Path directory) {
        String[] names = directory.toFile().list((dir, name) -> name.matches("cpu\\d{1,9}"));
        List<String> cpus = new ArrayList<>(names == null ? List.of() : List.of(names));
        cpus.sort((a, b) -> Integer.compare(Integer.parseInt(a.substring(3)), Integer.parseInt(b.substring(3))));
        return cpus;
    }
}
