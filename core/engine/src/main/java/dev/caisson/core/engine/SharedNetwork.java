package dev.caisson.core.engine;

import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Stat;
import java.util.Optional;
import java.util.stream.Stream;

/** Who has the same network namespace, however he came there: by name, through another one who had, or by path. An egress policy holds none of them if it does not hold all. */
final class SharedNetwork {
    private SharedNetwork() {}

    /** The containers of an engine in a network namespace. */
    static Stream<LiveContainer> in(LocalEngine engine, Fd namespace) {
        Stat wanted = FileCalls.fstat(namespace);
        return engine.table().all().stream().filter(c -> isIn(c.run(), wanted));
    }

    private static boolean isIn(RunContext run, Stat namespace) {
        Optional<Fd> own = run.network().again();
        if (own.isEmpty()) {
            return false;
        }
        try (Fd fd = own.get()) {
            return FileCalls.fstat(fd).isSameFile(namespace);
        }
    }

    /** One in a network namespace that is held to an egress policy. */
    static Optional<LiveContainer> held(LocalEngine engine, Fd namespace) {
        return in(engine, namespace).filter(c -> !c.egress().open()).findFirst();
    }

    /** The same in that of a container, which may be the one. */
    static Optional<LiveContainer> held(RunContext run) {
        try (Fd namespace = run.network().again().orElse(Fd.CWD)) {
            return namespace == Fd.CWD ? Optional.empty() : held(run.engine(), namespace);
        }
    }

    /** One beside a container in its network namespace that has NET_ADMIN. */
    static Optional<LiveContainer> admin(RunContext run) {
        try (Fd namespace = run.network().again().orElse(Fd.CWD)) {
            return namespace == Fd.CWD ? Optional.empty() : in(run.engine(), namespace).filter(c -> c.run() != run && c.run().spec().netAdmin()).findFirst();
        }
    }
}
