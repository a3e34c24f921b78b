package dev.caisson.core.engine;

import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import dev.caisson.core.guard.Guard;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.core.launch.OpFlags;
import dev.caisson.linux.Fd;
import dev.caisson.spi.network.Survivor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What network drivers leave with the guard: it is part of its farewell, and the sockets are in its engine slots, the last ones first. */
final class LastMessages implements Survivor {
    private static final int LAST_SLOT = LaunchPlan.SLOT_ENGINE + 63;
    /** Beyond those of the cgroups, of which there are two for each hierarchy. */
    static final int FIRST_SLOT = LaunchPlan.SLOT_ENGINE + 40;

    private final Supplier<Guard> guards;
    private final Supplier<LaunchPlan> farewell;
    /** A place is taken until the guard has given it back. */
    private final Map<Integer, Fd> sockets = new TreeMap<>();
    private final Set<Integer> unwanted = new TreeSet<>();
    private final Set<Messages> all = java.util.Collections.newSetFromMap(new LinkedHashMap<>());
    private @Nullable Guard told;

    /** @param guards starts one if there is none; @param farewell the guard's without any of this */
    LastMessages(Supplier<Guard> guards, Supplier<LaunchPlan> farewell) {
        this.guards = guards;
        this.farewell = farewell;
    }

    /** What one driver left. @param slots of its sockets */
    private final class Messages implements Left {
        private final List<Integer> slots = new ArrayList<>();
        private final List<Op> ops = new ArrayList<>();

        @Override
        public void close() {
            withdraw(this);
        }
    }

    @Override
    public Left leave(List<Sending> sendings) {
        guards.get(); // without the lock: it may have to be started, and is told of all of this then
        synchronized (this) {
            Guard guard = java.util.Objects.requireNonNull(told); // that one, or one that was started since
            settle();
            Messages made = new Messages();
            Map<Integer, Integer> slots = new LinkedHashMap<>();
            try {
                for (Sending each : sendings) {
                    int slot = slots.computeIfAbsent(each.socket(), socket -> keep(made, socket));
                    made.ops.add(Op.of(OpCode.SEND).slot(slot).t(each.message()).flags(OpFlags.AT_KILL));
                }
                all.add(made);
                for (int slot : made.slots) {
                    guard.slots(slot, List.of(java.util.Objects.requireNonNull(sockets.get(slot))));
                }
                guard.farewell(plan());
                return made;
            } catch (RuntimeException e) {
                all.remove(made);
                unwanted.addAll(made.slots); // it may have some of it
                try {
                    settle();
                } catch (RuntimeException second) {
                    e.addSuppressed(second);
                }
                throw e;
            }
        }
    }

    private int keep(Messages made, int socket) {
        for (int slot = LAST_SLOT; slot >= FIRST_SLOT; slot--) {
            if (!sockets.containsKey(slot)) {
                Fd borrowed = Fd.adopt(socket);
                try {
                    sockets.put(slot, borrowed.dup());
                } finally {
                    borrowed.release();
                }
                made.slots.add(slot);
                return slot;
            }
        }
        throw new EngineProblem(Stage.NETWORK, "no more can be left with the guard: it has " + (LAST_SLOT - FIRST_SLOT + 1) + " sockets already", "use another engine");
    }

    /** Tells a new guard of all of it. */
    synchronized void tell(Guard guard) {
        told = guard;
        free(); // it has nothing yet
        if (!all.isEmpty()) {
            sockets.forEach((slot, socket) -> guard.slots(slot, List.of(socket)));
            guard.farewell(plan());
        }
    }

    private LaunchPlan plan() {
        LaunchPlan.Builder plan = new LaunchPlan.Builder();
        all.forEach(m -> m.ops.forEach(op -> plan.add(LaunchPlan.Phase.UNDO, op)));
        farewell.get().ops(LaunchPlan.Phase.UNDO).forEach(op -> plan.add(LaunchPlan.Phase.UNDO, op));
        return plan.build();
    }

    private synchronized void withdraw(Messages messages) {
        if (all.remove(messages)) {
            unwanted.addAll(messages.slots);
            settle();
        }
    }

    /** Has the guard give back what is not wanted any more. What fails is tried again with the next change: until then it has it, and nobody else gets its place. */
    private void settle() {
        Guard guard = told;
        if (unwanted.isEmpty()) {
            return;
        }
        try {
            if (guard != null && guard.alive()) {
                guard.farewell(plan());
                unwanted.forEach(slot -> guard.empty(slot, 1));
            }
        } catch (EngineProblem e) {
            // it died, and has nothing any more
        }
        free();
    }

    private void free() {
        unwanted.forEach(slot -> java.util.Objects.requireNonNull(sockets.remove(slot)).close());
        unwanted.clear();
    }
}
