package dev.caisson.core.cgroup;

import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.linux.SyscallException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;

/** The limits of a running container are exchanged for others: all of them, or none. */
public final class LimitChange {
    private static final String MAX = "max";
    private static final long UNLIMITED = -1;

    private final EngineCgroups engine;
    private final CgroupPlan now;
    private final Enforcement wanted;
    private final boolean unlimitedPids;

    /**
     * @param now of the container as it was started
     * @param request with the new limits
     * @throws UnsupportedOnThisHost if the host enforces one of them not at all
     */
    public LimitChange(EngineCgroups engine, CgroupPlan now, CgroupRequest request, DeviceLookup devices) {
        this.engine = engine;
        this.now = now;
        this.wanted = Enforcement.of(engine.slots(), request, devices);
        this.unlimitedPids = request.resources().pids() == UNLIMITED;
    }

    private record Write(CgroupDir dir, String file, String value) {}

    /** @throws SyscallException if the kernel refuses one; all are as before then */
    public void apply() {
        List<Write> writes = new ArrayList<>();
        for (Place place : now.places()) {
            for (Enforcement.Placed placed : wanted.writes(place.slot())) {
                if (!place.own()) {
                    throw new UnsupportedOnThisHost(Stage.SUPERVISE, placed.setting() + "(…) cannot be changed: the container has no cgroup of its own in "
                            + place.slot().hierarchy().label() + ", as nothing was limited there when it was started", "give " + placed.setting() + "(…) when it is started");
                }
                writes.add(new Write(engine.dir(place.engineSlot()), place.file(placed.write().file()), placed.write().value()));
            }
            if (unlimitedPids && place.own() && place.slot().has("pids.max")) {
                writes.add(new Write(engine.dir(place.engineSlot()), place.file("pids.max"), MAX));
            }
        }
        Deque<Write> before = new ArrayDeque<>();
        try {
            attempt(writes, before);
        } catch (SyscallException e) {
            undo(before);
            // v1 holds memory below memory and swap together: the two go up in one order, and down in the other.
            Collections.reverse(writes);
            before.clear();
            try {
                attempt(writes, before);
            } catch (SyscallException again) {
                undo(before);
                throw again;
            }
        }
    }

    private static void attempt(List<Write> writes, Deque<Write> before) {
        for (Write write : writes) {
            String old = write.dir().read(write.file()).strip();
            if (old.equals(write.value())) {
                continue;
            }
            write.dir().write(write.file(), write.value());
            before.push(new Write(write.dir(), write.file(), old));
        }
    }

    private static void undo(Deque<Write> before) {
        for (Write write : before) {
            try {
                write.dir().write(write.file(), write.value());
            } catch (SyscallException e) {
                // A value the file reads as is not always one that it takes (io.max of several devices); the failure that led here is told.
            }
        }
    }
}
