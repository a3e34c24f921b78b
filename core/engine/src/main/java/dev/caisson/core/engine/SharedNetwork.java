package dev.caisson.core.engine;

import dev.caisson.Capability;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Stat;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Who has the same network namespace, however he came there: by name, through another one who had, or by path. An egress policy holds none of them if it does not hold all, and nobody who has
 * NET_ADMIN: of a policy and such a one the second is refused. Of two that come at once at least one sees the other, as each says that it is coming before it looks.
 */
final class SharedNetwork {
    private final LocalEngine engine;
    private final OnTheWay admins = new OnTheWay();
    private final OnTheWay policies = new OnTheWay();

    SharedNetwork(LocalEngine engine) {
        this.engine = engine;
    }

    private Stream<LiveContainer> in(Stat namespace) {
        return engine.table().all().stream().filter(c -> isIn(c.run(), namespace));
    }

    private static boolean isIn(RunContext run, Stat namespace) {
        return namespace(run).filter(namespace::isSameFile).isPresent();
    }

    private static Optional<Stat> namespace(RunContext run) {
        try (Fd kept = run.network().again().orElse(Fd.CWD)) {
            return kept == Fd.CWD ? Optional.empty() : Optional.of(FileCalls.fstat(kept));
        }
    }

    /**
     * Somebody comes into a network namespace with NET_ADMIN.
     *
     * @param who for messages
     * @param refusal what is thrown, by the name of a container there that is held to a policy
     * @return closed when he has gone
     */
    OnTheWay.Mark admin(Fd namespace, String who, Function<String, RuntimeException> refusal) {
        return admin(FileCalls.fstat(namespace), who, refusal);
    }

    /** The same in that of a container; empty if it has none of its own. */
    Optional<OnTheWay.Mark> admin(RunContext run, String who, Function<String, RuntimeException> refusal) {
        return namespace(run).map(place -> admin(place, who, refusal));
    }

    private OnTheWay.Mark admin(Stat place, String who, Function<String, RuntimeException> refusal) {
        OnTheWay.Mark mark = admins.enter(place, who);
        // Who is on the way first: in the other order he may have arrived in between.
        Optional<String> held = policies.at(place).or(() -> in(place).filter(c -> !c.egress().open()).map(LiveContainer::name).findFirst());
        if (held.isPresent()) {
            mark.close();
            throw refusal.apply(held.get());
        }
        return mark;
    }

    /**
     * A container is held to a policy.
     *
     * @param refusal what is thrown, by who is there and has NET_ADMIN
     * @param hold holds it, if nobody is
     */
    void policy(RunContext run, Function<String, RuntimeException> refusal, Runnable hold) {
        Optional<Stat> own = namespace(run);
        if (own.isEmpty()) { // its driver has it alone, as an ordinary user's, or it is being removed: that is for the driver to say
            hold.run();
            return;
        }
        Stat place = own.get();
        try (OnTheWay.Mark mark = policies.enter(place, run.name())) {
            Optional<String> admin = admins.at(place).or(() -> in(place).filter(c -> c.run() != run && c.run().spec().netAdmin())
                    .map(c -> "container " + c.name() + ", which shares its network namespace,").findFirst()).or(() -> process(place));
            if (admin.isPresent()) {
                throw refusal.apply(admin.get());
            }
            hold.run();
        }
    }

    /** One that was executed as privileged, or that such a one has left. */
    private Optional<String> process(Stat place) {
        return in(place).filter(c -> c.run().processIfAny().isPresent()).flatMap(c -> c.run().cgroup().counters().processes().stream()
                .filter(pid -> ContainerUse.proc(pid, "status").filter(s -> ProcFiles.mayHave(s, Capability.NET_ADMIN.number())).isPresent())
                .map(pid -> "process " + pid + " of container " + c.name())).findFirst();
    }
}
