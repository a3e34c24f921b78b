package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.EngineProblem;
import dev.caisson.Resources;
import dev.caisson.Stage;
import dev.caisson.core.launch.Op;
import java.util.List;

/** What of a container's spec can be changed while there is a container: its name and its limits. One change at a time, and none after its removal. */
final class SpecChanges {
    private final RunContext run;
    private volatile boolean over;

    SpecChanges(RunContext run) {
        this.run = run;
    }

    /** @throws dev.caisson.InvalidSpec if the name is taken, or is none */
    synchronized void rename(String name) {
        ContainerSpec renamed = run.spec().named(name);
        String old = run.spec().name();
        if (name.equals(old)) {
            return;
        }
        EngineHome home = run.home();
        home.names().claim(name, run.id());
        if (over) {
            home.names().free(name);
            throw new EngineProblem(Stage.SUPERVISE, "container " + run.name() + " cannot be renamed: it was removed", "run its spec again under the new name");
        }
        ContainerSpec before = run.spec();
        run.chosen(renamed);
        if (run.isDetached()) {
            try {
                Detaching.rewrite(run, renamed);
            } catch (RuntimeException e) {
                run.chosen(before);
                home.names().free(name);
                throw e;
            }
        }
        run.happened("rename oldName=" + old);
        if (old.isEmpty()) {
            run.undoStack().push("name", () -> home.names().free(run.spec().name()));
        } else {
            home.names().free(old);
        }
    }

    /** Changes its limits, now and for restarts. @param running whether there is anything to change now */
    synchronized void update(Resources limits, boolean running) {
        ContainerSpec updated = run.spec().with(limits);
        EngineGroups groups = run.groups();
        if (run.isDetached() && !running) {
            throw new EngineProblem(Stage.SUPERVISE, "could not update: container " + run.name() + " is detached, and does not run", "start() it first");
        }
        UndoStack undo = new UndoStack();
        try {
            if (run.isDetached()) {
                write(updated, groups.plan(updated, run.id()).operations().prepare(), undo);
            }
            run.exchange(updated, running ? groups.exchange(run.cgroup(), updated, run.id()) : groups.plan(updated, run.id())); // last: all of it, or nothing
        } catch (RuntimeException e) {
            undo.unwind(e);
            throw e;
        }
        run.happened("update");
    }

    /** For the next engine, and for starts that the guard makes alone. */
    private void write(ContainerSpec updated, List<Op> prepared, UndoStack undo) {
        ContainerSpec before = run.spec();
        List<Op> now = run.cgroup().operations().prepare();
        Detaching.rewrite(run, updated);
        undo.push("what is written", () -> Detaching.rewrite(run, before));
        run.detachedLaunch().ifPresent(launch -> {
            launch.limits(prepared);
            undo.push("what its guard has", () -> launch.limits(now));
        });
    }

    /** It is being removed. Comes back when a change under way is done. */
    synchronized void end() {
        over = true;
    }

    /** Whether it was removed, or is being removed. */
    boolean over() {
        return over;
    }
}
