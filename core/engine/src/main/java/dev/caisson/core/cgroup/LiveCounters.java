package dev.caisson.core.cgroup;

import dev.caisson.ContainerStats.Pressure;
import dev.caisson.linux.Errno;
import dev.caisson.linux.SyscallException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** What a running container's cgroups tell beyond {@link CgroupUsage}: its processes, block device traffic, pressure, limits. */
public final class LiveCounters {
    private static final List<String> PRESSURE = List.of("cpu", "memory", "io");

    private final EngineCgroups engine;
    private final List<Place> own;

    public LiveCounters(EngineCgroups engine, CgroupPlan plan) {
        this.engine = engine;
        this.own = plan.places().stream().filter(Place::own).toList();
    }

    /** Pids of all processes, as the JVM sees them; those of execs are in cgroups below. */
    public List<Integer> processes() {
        List<Integer> pids = new ArrayList<>();
        Optional<Place> place = own.stream().filter(p -> p.slot().hierarchy().unified()).findFirst().or(() -> own.stream().filter(p -> p.slot().controls("freezer")).findFirst())
                .or(() -> own.stream().findFirst());
        place.ifPresent(p -> {
            try (CgroupDir dir = engine.dir(p.engineSlot()).open(p.path())) {
                collect(dir, pids);
            } catch (SyscallException e) {
                if (!e.is(Errno.ENOENT, Errno.ENODEV)) {
                    throw e;
                }
            }
        });
        return pids;
    }

    private static void collect(CgroupDir dir, List<Integer> pids) {
        dir.readIfPresent("cgroup.procs").ifPresent(text -> text.lines().filter(l -> l.matches("[1-9]\\d{0,8}")).map(Integer::valueOf).forEach(pids::add));
        for (String child : dir.children()) {
            try (CgroupDir below = dir.open(child)) {
                collect(below, pids);
            } catch (SyscallException e) {
                if (!e.is(Errno.ENOENT, Errno.ENODEV)) { // an exec that ended meanwhile
                    throw e;
                }
            }
        }
    }

    /** Empty where no cgroup of its own counts it. */
    public Optional<Counters.Io> io() {
        return read("io.stat").or(() -> read("blkio.throttle.io_service_bytes_recursive")).map(Counters::io);
    }

    /** By resource; empty where the kernel has none. */
    public Map<String, Pressure> pressure() {
        Map<String, Pressure> all = new LinkedHashMap<>();
        PRESSURE.forEach(resource -> read(resource + ".pressure").flatMap(Counters::pressure).ifPresent(p -> all.put(resource, p)));
        return all;
    }

    /** Empty for none. */
    public OptionalLong memoryLimit() {
        long limit = read("memory.max").or(() -> read("memory.limit_in_bytes")).map(text -> Reading.number(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII))).orElse(-1L);
        return limit < 0 || limit > Long.MAX_VALUE - (1L << 20) ? OptionalLong.empty() : OptionalLong.of(limit);
    }

    private Optional<String> read(String file) {
        for (Place place : own) {
            Optional<String> text = engine.dir(place.engineSlot()).readIfPresent(place.file(file));
            if (text.isPresent()) {
                return text;
            }
        }
        return Optional.empty();
    }
}
