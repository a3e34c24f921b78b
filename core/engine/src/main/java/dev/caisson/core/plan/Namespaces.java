package dev.caisson.core.plan;

import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.core.launch.OpFlags;

/** The namespaces a container gets, and their names. */
final class Namespaces {
    static final long NEWNS = 0x00020000;
    static final long NEWUTS = 0x04000000;
    static final long NEWIPC = 0x08000000;
    static final long NEWPID = 0x20000000;
    static final long NEWNET = 0x40000000;
    static final long NEWTIME = 0x00000080;

    private Namespaces() {}

    static void enter(PlanContext context, PlanInput in) {
        context.builder().cloneFlags(NEWNS | NEWPID | NEWIPC | NEWUTS);
        switch (in.network()) {
            case NEW -> {
                context.builder().cloneFlags(NEWNET);
                context.prefix(Op.of(OpCode.LOOPBACK_UP));
            }
            case GIVEN -> context.prefix(Op.of(OpCode.SETNS).slot(context.received("netns")).a(NEWNET));
            case HOST -> { }
        }
        context.prefix(Op.of(OpCode.HOSTNAME).s(in.hostname()));
        if (!in.domainName().isEmpty()) {
            context.prefix(Op.of(OpCode.DOMAINNAME).s(in.domainName()));
        }
        // A session keyring of its own, nameless: by a name one would be joined that another container has (keyctl(2), KEYCTL_JOIN_SESSION_KEYRING).
        // Kernels without keys and full quotas do without.
        context.prefix(Op.of(OpCode.KEYRING).flags(OpFlags.OPTIONAL));
    }
}
