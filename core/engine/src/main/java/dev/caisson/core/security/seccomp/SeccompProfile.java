package dev.caisson.core.security.seccomp;

import java.util.List;

/**
 * A policy resolved for one machine: nothing in it depends on capabilities or kernel any more.
 *
 * @param defaultAction for system calls that no rule names
 * @param architectures whose calls are filtered; a call of another one kills the thread, as libseccomp has it
 * @param flags {@code SECCOMP_FILTER_FLAG_*} for seccomp(2)
 * @param ignored architectures the profile names that no program on this machine can use, and x32, which is refused
 */
record SeccompProfile(Action defaultAction, List<Arch> architectures, List<Rule> rules, int flags, List<String> ignored) {
    static final int FLAG_TSYNC = 1;
    static final int FLAG_LOG = 2;
    /** No speculative-store-bypass mitigation only because there is a filter; what runc gives where a profile says nothing. */
    static final int FLAG_SPEC_ALLOW = 4;

    SeccompProfile {
        architectures = List.copyOf(architectures);
        rules = List.copyOf(rules);
        ignored = List.copyOf(ignored);
    }
}
