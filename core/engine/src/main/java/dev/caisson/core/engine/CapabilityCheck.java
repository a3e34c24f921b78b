package dev.caisson.core.engine;

import dev.caisson.HostReport.Finding;
import dev.caisson.HostReport.Grade;
import dev.caisson.core.rootless.IdMaps;
import dev.caisson.linux.HostFacts;
import java.util.ArrayList;
import java.util.List;

/** What the JVM may do, and what cannot be done without it. */
final class CapabilityCheck {
    private record Need(int number, String name, Grade grade, String without) {}

    private static final List<Need> NEEDS = List.of(
            new Need(21, "SYS_ADMIN", Grade.REQUIRED, "no namespaces and mounts can be made"),
            new Need(7, "SETUID", Grade.REQUIRED, "no container can run as another user"),
            new Need(6, "SETGID", Grade.REQUIRED, "no container can run with other groups"),
            new Need(8, "SETPCAP", Grade.REQUIRED, "no capability can be taken from a container"),
            new Need(0, "CHOWN", Grade.REQUIRED, "layers cannot be unpacked with their owners"),
            new Need(1, "DAC_OVERRIDE", Grade.REQUIRED, "files of a container's users cannot be reached"),
            new Need(3, "FOWNER", Grade.RECOMMENDED, "modes of files of a container's users cannot be set"),
            new Need(5, "KILL", Grade.REQUIRED, "containers of other users cannot be ended"),
            new Need(27, "MKNOD", Grade.REQUIRED, "a container's /dev cannot be filled"),
            new Need(18, "SYS_CHROOT", Grade.REQUIRED, "no process can be executed in a running container"),
            new Need(12, "NET_ADMIN", Grade.RECOMMENDED, "the loopback interface of a container stays down"),
            new Need(24, "SYS_RESOURCE", Grade.OPTIONAL, "hard limits above the JVM's own and a lower oom_score_adj are refused"));

    private CapabilityCheck() {}

    /** Of an ordinary user: his containers' powers are those over his own user namespace. */
    static List<Finding> rootless(IdMaps ids) {
        return List.of(new Finding("rootless", Grade.OPTIONAL, true, "the JVM is an ordinary user: containers run in a user namespace in which root is "
                        + "user " + ids.maps().user(0) + " of the host (unshare(CLONE_NEWUSER))", ""),
                new Finding("subordinate ids", Grade.RECOMMENDED, ids.subordinate(), ids.subordinate() ? ids.maps().users().stream().mapToLong(r -> r.size()).sum()
                        + " users and " + ids.maps().groups().stream().mapToLong(r -> r.size()).sum() + " groups (/etc/subuid, /etc/subgid, newuidmap)"
                        : ids.without() + ": containers have no users but root, and images with files of others are refused", ids.subordinate() ? "" : ids.remedy()));
    }

    static List<Finding> findings(HostFacts host) {
        List<Finding> findings = new ArrayList<>();
        for (Need need : NEEDS) {
            boolean held = host.hasCapability(need.number());
            findings.add(new Finding("CAP_" + need.name(), need.grade(), held, (held ? "effective" : "not effective") + " (/proc/self/status)"
                    + (held ? "" : ": " + need.without()), held ? "" : "run the JVM as root with it: setpriv, AmbientCapabilities=CAP_" + need.name()
                            + " of a systemd unit, --cap-add " + need.name() + " of a container"));
        }
        return findings;
    }
}
