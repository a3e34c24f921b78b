package dev.caisson.core.rootless;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What an ordinary user's administrator does so that the user has subordinate ids, or more of them. */
final class IdsRemedy {
    static final String INSTALL = "install newuidmap and newgidmap: apt-get install uidmap (newuidmap)";
    private static final String ALLOWED = "newuidmap and newgidmap have to be set-uid root (chmod u+s /usr/bin/newuidmap /usr/bin/newgidmap), on a file system that is not mounted nosuid, "
            + "and the ranges in /etc/subuid and /etc/subgid this user's";
    private static final String NO_NEW_PRIVILEGES = "this JVM has no_new_privs, under which set-uid programs such as newuidmap gain nothing: start it without, which is to leave out NoNewPrivileges=yes "
            + "of its systemd unit, --security-opt no-new-privileges of its container, setpriv --no-new-privs";
    /** Where useradd(8) begins (SUB_UID_MIN of login.defs(5)), and how many it gives. */
    private static final long FIRST = 100_000;
    private static final long COUNT = 65_536;

    private IdsRemedy() {}

    /**
     * The line that gives him a range that, by these files, nobody has: whoever has a range of somebody else's has power over his files.
     *
     * @param name his, "?" or "" if the JVM knows none
     */
    static String range(String name, long uid, String subuid, String subgid) {
        long first = Math.max(FIRST, Math.max(end(subuid), end(subgid)));
        if (first > SubordinateIds.LAST - COUNT) {
            first = FIRST; // somebody has the last ids: whoever knows the files finds a gap
        }
        String range = first + "-" + (first + COUNT - 1);
        boolean named = !name.isEmpty() && !name.equals("?");
        return named ? "usermod --add-subuids " + range + " --add-subgids " + range + " " + name
                : "echo " + uid + ":" + first + ":" + COUNT + " | tee -a /etc/subuid /etc/subgid";
    }

    private static long end(String file) {
        return SubordinateIds.all(file).stream().mapToLong(b -> b.first() + b.size()).max().orElse(0);
    }

    /** Whether newuidmap(1) and newgidmap(1) are on the path. */
    static boolean installed() {
        String path = System.getenv().getOrDefault("PATH", "");
        return Stream.of("newuidmap", "newgidmap").allMatch(program -> Stream.of(path.split(":")).anyMatch(directory -> Files.isExecutable(Path.of(directory, program))));
    }

    /** What helps where newuidmap is there and does not do it. @param noNewPrivileges whether this process gains nothing by set-uid programs */
    static String refused(boolean noNewPrivileges) {
        return noNewPrivileges ? NO_NEW_PRIVILEGES : ALLOWED;
    }
}
