package dev.caisson.core.plan;

import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/**
 * Ids, capabilities, no_new_privs and the system call filter, in the one order that works (capabilities(7), seccomp(2)): the bounding set needs
 * CAP_SETPCAP, groups and ids need their capabilities, and a filter without no_new_privs needs CAP_SYS_ADMIN. After a filter of somebody else only capset(2)
 * and prctl(2) are called, which every sane policy allows; the engine's own is loaded as early as it can be.
 */
final class PrivilegeSteps {
    private static final long KEEP_CAPS = 1 << 4;
    private static final long SYS_ADMIN = 1L << 21;
    private static final String LABEL = "security label ";

    private PrivilegeSteps() {}

    /** What does not depend on the user: the bounding set, and the filter if it lets the rest of the way be gone. Before the ids change it needs no powers kept. */
    static void limit(Consumer<Op> child, PlanInput.Privilege privilege) {
        child.accept(Op.of(OpCode.CAP_BOUNDING).args(privilege.bounding(), privilege.lastCapability(), 0));
        limitFilter(child, privilege);
    }

    /** Landlock comes before the filter, which may not know its calls; both want no_new_privs first. */
    static void landlock(Consumer<Op> child, int ruleset) {
        child.accept(Op.of(OpCode.NO_NEW_PRIVS));
        child.accept(Op.of(OpCode.LANDLOCK).slot(ruleset).about("sandbox"));
    }

    /** Through a procfs of our own, which nothing can cover (CVE-2019-16884, CVE-2025-52881): each takes effect with the next execve(2), which is the program's. */
    static void labels(Consumer<Op> child, PlanInput.Privilege privilege, int proc) {
        new java.util.TreeMap<>(privilege.labels()).forEach((file, text) -> child.accept(Op.of(OpCode.WRITE).slot(proc).s("self/" + file).t(text).about(LABEL + text)));
    }

    private static void limitFilter(Consumer<Op> child, PlanInput.Privilege privilege) {
        byte[] filter = privilege.seccomp();
        if (filter != null && privilege.ownFilter()) {
            if (privilege.noNewPrivileges() && !privilege.landlock()) {
                child.accept(Op.of(OpCode.NO_NEW_PRIVS));
            }
            child.accept(filter(filter, privilege));
        }
    }

    static void drop(Consumer<Op> child, PlanInput.Process process, PlanInput.Privilege privilege) {
        byte[] filter = privilege.ownFilter() ? null : privilege.seccomp();
        boolean keep = process.uid() != 0 && (privilege.permitted() != 0 || filter != null && !privilege.noNewPrivileges());
        if (keep) {
            child.accept(Op.of(OpCode.SECUREBITS).a(KEEP_CAPS));
        }
        int[] groups = process.groups();
        if (groups != null) {
            child.accept(Op.of(OpCode.GROUPS).s(groups(groups)));
        }
        child.accept(Op.of(OpCode.IDS).args(Integer.toUnsignedLong(process.uid()), Integer.toUnsignedLong(process.gid()), 0).about("user"));
        if (filter != null && !privilege.noNewPrivileges()) {
            if (keep) {
                // The change of uid cleared the effective set; the filter needs SYS_ADMIN once more.
                long raised = privilege.permitted() | SYS_ADMIN;
                child.accept(Op.of(OpCode.CAPS).args(raised, raised, privilege.inheritable()));
            }
            child.accept(filter(filter, privilege));
        }
        child.accept(Op.of(OpCode.CAPS).args(privilege.effective(), privilege.permitted(), privilege.inheritable()));
        child.accept(Op.of(OpCode.CAP_AMBIENT).a(privilege.ambient()));
        if (privilege.noNewPrivileges() && !(privilege.ownFilter() && privilege.seccomp() != null)) {
            if (!privilege.landlock()) {
                child.accept(Op.of(OpCode.NO_NEW_PRIVS));
            }
            if (filter != null) {
                child.accept(filter(filter, privilege));
            }
        }
    }

    private static Op filter(byte[] program, PlanInput.Privilege privilege) {
        return Op.of(OpCode.SECCOMP).s(program).a(privilege.seccompFlags());
    }

    private static byte[] groups(int[] groups) {
        ByteBuffer bytes = ByteBuffer.allocate(groups.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (int group : groups) {
            bytes.putInt(group);
        }
        return bytes.array();
    }
}
