package dev.caisson.core.engine;

import dev.caisson.linux.Fd;
import dev.caisson.linux.Landlock;
import java.util.List;
import java.util.Optional;

/**
 * The Landlock ruleset of {@code sandbox()}: what namespaces and capabilities forbid is forbidden once more, by another part of the kernel. It takes nothing from
 * a program that behaves: no device nodes, no TCP, no signals and abstract sockets beyond the container.
 */
final class Confinement {
    private static final int WITH_REFER = 2;
    private static final int WITH_NET = 4;
    private static final int WITH_SCOPES = 6;

    private Confinement() {}

    static boolean available() {
        return Landlock.abi() >= WITH_REFER; // before that a rename to another directory was always denied
    }

    /** @param root of the container: within it files may be moved as ever */
    static Optional<Fd> ruleset(Fd root) {
        int abi = Landlock.abi();
        if (abi < WITH_REFER) {
            return Optional.empty();
        }
        Fd ruleset = Landlock.ruleset(Landlock.FS_MAKE_CHAR | Landlock.FS_MAKE_BLOCK | Landlock.FS_REFER,
                abi >= WITH_NET ? Landlock.NET_BIND_TCP | Landlock.NET_CONNECT_TCP : 0,
                abi >= WITH_SCOPES ? Landlock.SCOPE_ABSTRACT_UNIX_SOCKET | Landlock.SCOPE_SIGNAL : 0);
        try {
            Landlock.allow(ruleset, root, Landlock.FS_REFER);
            return Optional.of(ruleset);
        } catch (RuntimeException e) {
            ruleset.close();
            throw e;
        }
    }

    /** What a sandbox goes without here. */
    static List<String> warnings() {
        int abi = Landlock.abi();
        if (abi < WITH_REFER) {
            return List.of("sandbox() runs without Landlock, which this kernel lacks or has switched off (boot with lsm=landlock,…)");
        }
        return abi < WITH_SCOPES ? List.of("sandbox() runs with Landlock ABI " + abi + ": " + (abi < WITH_NET ? "TCP and " : "") + "signals are kept in by namespaces alone")
                : List.of();
    }
}
