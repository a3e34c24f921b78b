package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.SeccompChoice;
import java.util.ArrayList;
import java.util.List;

/** {@code HostConfig.SecurityOpt} of docker's inspect: what {@code --security-opt} would have said, and what docker adds to it. */
final class SecurityWords {
    private static final String[] LABEL = {"label=user:", "label=role:", "label=type:", "label=level:"};

    private SecurityWords() {}

    /** A profile of system calls by its file, as it was given: what it said at the start may stand in no file any more. */
    static List<String> of(ContainerSpec.Security security) {
        List<String> words = new ArrayList<>();
        if (security.noNewPrivileges()) {
            words.add("no-new-privileges");
        }
        if (security.seccomp() instanceof SeccompChoice.Unconfined) {
            words.add("seccomp=unconfined");
        } else if (security.seccomp() instanceof SeccompChoice.Profile profile) {
            words.add("seccomp=" + profile.file());
        }
        if (!security.labels().apparmor().isEmpty()) {
            words.add("apparmor=" + security.labels().apparmor());
        }
        if (!security.labels().selinux().isEmpty()) {
            String[] parts = security.labels().selinux().split(":", LABEL.length); // a level may have colons of its own
            for (int i = 0; i < parts.length; i++) {
                words.add(LABEL[i] + parts[i]);
            }
        } else if (security.privileged() || security.namespaces().ipc().equals("host")) {
            words.add("label=disable");
        }
        return List.copyOf(words);
    }
}
