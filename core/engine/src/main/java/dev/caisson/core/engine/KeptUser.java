package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.InvalidSpec;
import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.UserNamespace;
import dev.caisson.UserNamespace.KeepId;
import dev.caisson.UserNamespace.Mapped;
import dev.caisson.UserNamespace.Range;
import dev.caisson.core.rootless.IdMaps;
import dev.caisson.core.rootless.KeptId;
import dev.caisson.linux.Processes;
import java.util.List;

/** {@code userns(keepId())}: who is kept, what that excludes, and the maps it comes to. */
final class KeptUser {
    private KeptUser() {}

    /**
     * The spec, with the kept user as the container's where it names none (podman: the image's does not count).
     *
     * @throws UnsupportedOnThisHost if this JVM cannot keep him
     */
    static ContainerSpec resolve(ContainerSpec spec, Powers powers) {
        if (!(spec.security().users() instanceof KeepId keep)) {
            return spec;
        }
        IdMaps ordinary = powers.ids().orElse(null);
        if (ordinary == null) {
            hostUser(keep);
            refuse(spec.network().name().equals("host"), "networkHost(): /sys of a foreign network cannot be mounted", "use another network");
        } else {
            maps(keep, ordinary);
        }
        return spec.process().user() != null ? spec : spec.with(spec.process().as(user(keep) + ":" + group(keep)));
    }

    private static void refuse(boolean asked, String what, String remedy) {
        if (asked) {
            throw new UnsupportedOnThisHost(Stage.VALIDATE, "userns(keepId()) of a JVM that is root cannot go with " + what, remedy);
        }
    }

    /** Of a JVM with root's powers. @param others from 0 on, nobody else's */
    static Mapped maps(KeepId keep, List<Range> others) {
        return new Mapped(KeptId.among(hostUser(keep), user(keep), others), KeptId.among(hostGroup(keep), group(keep), others));
    }

    /** Of an ordinary user's engine, in the numbers of its own user namespace, where he is 0. */
    static Mapped maps(KeepId keep, IdMaps ordinary) {
        long uid = Integer.toUnsignedLong(Processes.geteuid());
        long gid = Integer.toUnsignedLong(Processes.getegid());
        if (keep.hostUser() != KeepId.CALLER && keep.hostUser() != uid || keep.hostGroup() != KeepId.CALLER && keep.hostGroup() != gid) {
            throw new UnsupportedOnThisHost(Stage.VALIDATE, "userns(keepId().of(" + keep.hostUser() + ", " + keep.hostGroup() + ")): the JVM is an ordinary user (" + uid + ":" + gid
                    + "), who can keep himself alone", "leave of(…) out, or run the JVM as root");
        }
        if (!ordinary.subordinate() && (user(keep) != 0 || group(keep) != 0)) {
            throw new UnsupportedOnThisHost(Stage.VALIDATE, "userns(keepId()): root inside, who sets the container up, would be nobody: " + ordinary.without(), ordinary.remedy());
        }
        return new Mapped(KeptId.among(0, user(keep), others(ordinary.maps().users())), KeptId.among(0, group(keep), others(ordinary.maps().groups())));
    }

    /** All but the first, which is he; as the engine's user namespace numbers them. */
    private static List<Range> others(List<Range> ids) {
        return ids.stream().skip(1).map(r -> new Range(r.inside(), r.inside(), r.size())).toList();
    }

    private static long hostUser(KeepId keep) {
        return host(keep.hostUser(), Integer.toUnsignedLong(Processes.geteuid()));
    }

    private static long hostGroup(KeepId keep) {
        return host(keep.hostGroup(), Integer.toUnsignedLong(Processes.getegid()));
    }

    private static long host(long asked, long own) {
        long kept = asked == KeepId.CALLER ? own : asked;
        if (kept == 0) {
            throw new InvalidSpec("userns(keepId())", "would give the host's root to the container, as the JVM is root", "say whom to keep: keepId().of(1000, 1000)");
        }
        if (UserRanges.automatic(kept)) {
            throw new InvalidSpec("userns(keepId())", "would keep " + kept + ", which lies in the automatic ranges that containers' users have", "keep another");
        }
        return kept;
    }

    private static long user(KeepId keep) {
        return keep.user() != KeepId.SAME ? keep.user() : keep.hostUser() != KeepId.CALLER ? keep.hostUser() : Integer.toUnsignedLong(Processes.geteuid());
    }

    private static long group(KeepId keep) {
        return keep.group() != KeepId.SAME ? keep.group() : keep.hostGroup() != KeepId.CALLER ? keep.hostGroup() : Integer.toUnsignedLong(Processes.getegid());
    }
}
