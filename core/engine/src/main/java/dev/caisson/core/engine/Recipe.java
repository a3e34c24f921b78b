package dev.caisson.core.engine;

import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.plan.PlanCompiler;
import dev.caisson.core.rootfs.MountsApart;
import dev.caisson.linux.Fd;
import java.util.ArrayList;
import java.util.List;

/**
 * All that a start takes, for a guard that makes it without this JVM, as often as it has to.
 *
 * @param mounts the namespace of those descriptors that are mounts
 * @param fds as the plan wants them
 */
record Recipe(LaunchPlan plan, Fd mounts, List<Fd> fds) implements AutoCloseable {
    /** @param received all that the plan wants; the caller's */
    static Recipe of(PlanCompiler.Compiled compiled, Received received) {
        List<Fd> fds = received.inOrder(compiled).stream().map(Fd::dup).toList();
        List<Fd> mounts = new ArrayList<>();
        for (int i = 0; i < fds.size(); i++) {
            String name = compiled.received().get(i);
            if (name.equals("root") || name.startsWith("mount ")) {
                mounts.add(fds.get(i));
            }
        }
        return new Recipe(compiled.plan(), MountsApart.attach(mounts), fds);
    }

    @Override
    public void close() {
        mounts.close();
        fds.forEach(Fd::close);
    }
}
