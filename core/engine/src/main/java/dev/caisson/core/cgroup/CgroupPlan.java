package dev.caisson.core.cgroup;

import static dev.caisson.core.launch.OpFlags.AT_KILL;
import static dev.caisson.core.launch.OpFlags.INTO;
import static dev.caisson.core.launch.OpFlags.OPTIONAL;

import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A container's cgroups, compiled: what the guard makes, writes, reads and removes, and how the child joins.
 *
 * <p>A start costs one directory, one join and one removal for each hierarchy, so a container gets a directory of its own only where something is
 * limited, measured or killed by it. Elsewhere it is in the engine's default cgroup, which carries what is inherited: the device policy, cpuset.
 *
 * @param name of its cgroup, beneath the engine's: the container's id
 * @param ops by phase
 * @param deviceFilter a v2 device program that must be loaded, if the default one does not serve
 * @param warnings what could not be applied, one line each
 * @param made with them, where their place was given: what leads there and is the engine's, the topmost first
 */
public record CgroupPlan(String name, Map<Phase, List<Op>> ops, Optional<DeviceFilter> deviceFilter, List<String> warnings, List<Place> places,
        List<Reading> readings, List<Place> made) {
    private static final long CLONE_NEWCGROUP = 0x02000000;
    private static final int READ_LIMIT = 1024;

    /**
     * @param program instructions for {@code dev.caisson.linux.Bpf.loadDeviceFilter}
     * @param cgroup beneath the engine slot
     */
    public record DeviceFilter(byte[] program, String cgroup, int engineSlot) {
        /** @param slot into which the loaded program was received */
        public Op op(int slot) {
            return Op.of(OpCode.DEVICE_FILTER).slot(slot).slot2(engineSlot).s(cgroup).a(ALLOW_MULTI).about("device");
        }

        /** BPF_F_ALLOW_MULTI: programs of ancestors count too, and one attached below can only forbid more. */
        static final int ALLOW_MULTI = 2;
    }

    /** @throws dev.caisson.UnsupportedOnThisHost if a limit that was asked for cannot be enforced, unless the request is best effort */
    public static CgroupPlan of(CgroupSlots slots, CgroupRequest request, DeviceLookup devices) {
        return new Compiler(slots, request, devices).compile();
    }

    /** The plan of another container with the same request but for its name, of the same length. */
    public CgroupPlan named(String other) {
        byte[] from = Op.bytes(name);
        byte[] to = Op.bytes(other);
        if (from.length != to.length) {
            throw new IllegalArgumentException("'" + other + "' is not as long as '" + name + "'");
        }
        Map<Phase, List<Op>> renamed = new EnumMap<>(Phase.class);
        ops.forEach((phase, list) -> renamed.put(phase, list.stream().map(op -> op.s(exchange(op.s(), from, to))).toList()));
        return new CgroupPlan(other, renamed, deviceFilter.map(f -> new DeviceFilter(f.program(), f.cgroup().replace(name, other), f.engineSlot())), warnings,
                places.stream().map(p -> new Place(p.slot(), p.path().replace(name, other), p.own())).toList(), readings, made);
    }

    private static byte[] exchange(byte[] path, byte[] from, byte[] to) {
        for (int at = 0; at + from.length <= path.length; at++) {
            if (Arrays.equals(path, at, at + from.length, from, 0, from.length)) {
                byte[] renamed = path.clone();
                System.arraycopy(to, 0, renamed, at, to.length);
                return renamed;
            }
        }
        return path;
    }

    /** The operations of a phase. */
    public List<Op> ops(Phase phase) {
        return ops.getOrDefault(phase, List.of());
    }

    /** Adds all operations but that of the {@link #deviceFilter()} to a launch plan. */
    public void addTo(LaunchPlan.Builder plan) {
        ops.forEach((phase, list) -> list.forEach(op -> plan.add(phase, op)));
    }

    /**
     * What the REPORT operations read.
     *
     * @param reports contents, one for each of this plan's REPORT operations in their order; empty where reading failed
     */
    public CgroupUsage usage(List<byte[]> reports) {
        return CgroupUsage.decode(readings, reports);
    }

    /** One compilation. */
    private static final class Compiler {
        private final CgroupSlots slots;
        private final CgroupRequest request;
        private final Enforcement limits;
        private final Map<Phase, List<Op>> ops = new EnumMap<>(Phase.class);
        private final List<Place> places = new ArrayList<>();
        private final List<Reading> readings = new ArrayList<>();

        Compiler(CgroupSlots slots, CgroupRequest request, DeviceLookup devices) {
            this.slots = slots;
            this.request = request;
            this.limits = Enforcement.of(slots, request, devices);
        }

        CgroupPlan compile() {
            for (CgroupSlots.Slot slot : slots.slots()) {
                places.add(place(slot));
            }
            places.forEach(this::make);
            places.forEach(this::join);
            add(Phase.PREFIX, Op.of(OpCode.UNSHARE).a(CLONE_NEWCGROUP).about("cgroup namespace"));
            places.stream().filter(Place::own).forEach(this::report);
            undo();
            List<Place> made = places.stream().flatMap(p -> request.place().map(g -> g.missing(p.slot().hierarchy())).orElse(List.of()).stream()
                    .map(path -> new Place(p.slot(), path, true, p.engineSlot()))).toList();
            Optional<DeviceFilter> filter = unifiedPlace().filter(p -> slots.unifiedDevices() && (!byDefault() || request.place().isPresent()) && !request.devices().everything())
                    .map(p -> new DeviceFilter(DeviceProgram.compile(request.devices()), p.path(), p.engineSlot()));
            return new CgroupPlan(request.name(), ops, filter, limits.warnings(), places, readings, made);
        }

        private boolean byDefault() {
            return request.devices().equals(DevicePolicy.DEFAULT);
        }

        private Optional<Place> unifiedPlace() {
            return places.stream().filter(p -> p.slot().hierarchy().unified()).findFirst();
        }

        private Place place(CgroupSlots.Slot slot) {
            if (request.place().isPresent()) {
                return new Place(slot, request.place().get().path(slot), true, slot.top());
            }
            if (slot.hierarchy().unified()) {
                boolean inherits = slots.unifiedDevices() && byDefault();
                return new Place(slot, inherits ? CgroupSlots.DEFAULT + "/" + request.name() : request.name(), true);
            }
            boolean limited = !limits.writes(slot).isEmpty();
            boolean measured = request.accounting() == CgroupRequest.Accounting.FULL
                    && (slot.controls("memory") || slot.controls("cpu") || slot.controls("cpuacct") && slots.unified().isEmpty());
            boolean guarded = slot.controls("devices") && !byDefault();
            boolean killed = slots.tree().filter(slot::equals).isPresent();
            boolean own = limited || measured || guarded || killed;
            return new Place(slot, own ? request.name() : CgroupSlots.DEFAULT, own);
        }

        private void make(Place place) {
            if (!place.own()) {
                return;
            }
            request.place().ifPresent(given -> new Way(given, place).make(op -> add(Phase.PREPARE, op)));
            int flags = place.slot().hierarchy().unified() ? INTO : 0;
            add(Phase.PREPARE, Op.of(OpCode.CGROUP_MAKE).slot(place.engineSlot()).s(place.path()).flags(flags)
                    .about((request.place().isPresent() ? "cgroupsPath" : "cgroup") + " in " + place.slot().hierarchy().label()));
            request.place().ifPresent(given -> new Way(given, place).settle(op -> add(Phase.PREPARE, op)));
            if (place.slot().controls("devices") && !request.devices().everything()) {
                write(Phase.PREPARE, place, "devices.deny", "a", "device");
                request.devices().allowed().forEach(r -> write(Phase.PREPARE, place, "devices.allow", r.toString(), "device rule " + r));
            }
            limits.writes(place.slot()).forEach(w -> write(Phase.PREPARE, place, w.write().file(), w.write().value(), w.setting()));
        }

        /** "0" into tasks is the writer itself: that moves a thread, which, unlike cgroup.procs, does not stop every fork of the machine meanwhile. */
        private void join(Place place) {
            if (!place.slot().hierarchy().unified() && (place.own() || !slots.inherited())) {
                write(Phase.PREFIX, place, "tasks", "0", "cgroup in " + place.slot().hierarchy().label());
            }
        }

        private void report(Place place) {
            for (Reading reading : Reading.values()) {
                boolean again = reading == Reading.CPU_V1 && slots.unified().isPresent();
                if (reading.atEnd() && !again && reading.in(place.slot())) {
                    readings.add(reading);
                    add(Phase.REPORT, Op.of(OpCode.READ).slot(place.engineSlot()).s(place.file(reading.file())).a(READ_LIMIT));
                }
            }
        }

        private void undo() {
            places.stream().filter(p -> p.own() && slots.tree().filter(p.slot()::equals).isPresent()).forEach(tree -> {
                // First: a v1 FROZEN process holds even SIGKILL until it is thawed.
                if (tree.slot().has("freezer.state")) {
                    add(Phase.UNDO, Op.of(OpCode.WRITE).slot(tree.engineSlot()).s(tree.file("freezer.state")).t("THAWED").flags(AT_KILL | OPTIONAL));
                }
                if (!request.ownPidNamespace()) {
                    add(Phase.UNDO, Op.of(OpCode.CGROUP_KILL).slot(tree.engineSlot()).s(tree.path()).flags(AT_KILL));
                }
            });
            List<Place> backwards = new ArrayList<>(places);
            Collections.reverse(backwards);
            backwards.stream().filter(Place::own)
                    .forEach(p -> add(Phase.UNDO, Op.of(OpCode.CGROUP_REMOVE).slot(p.engineSlot()).s(p.path())));
            request.place().ifPresent(given -> places.forEach(p -> new Way(given, p).remove(op -> add(Phase.UNDO, op))));
        }

        private void write(Phase phase, Place place, String file, String value, String about) {
            add(phase, Op.of(OpCode.WRITE).slot(place.engineSlot()).s(place.file(file)).t(value).about(about));
        }

        private void add(Phase phase, Op op) {
            ops.computeIfAbsent(phase, p -> new ArrayList<>()).add(op);
        }
    }
}
