package dev.caisson.core.rootless;

import dev.caisson.InvalidSpec;
import dev.caisson.UserNamespace;
import dev.caisson.UserNamespace.Range;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Whom the users of an ordinary user's containers are on the host: root is the caller, the others are his subordinate ids, from 1 on. Without those there is root
 * alone.
 *
 * @param maps inside to host
 * @param subordinate whether there is more than the caller's own id
 * @param without why not; "" if there is
 * @param remedy what gives the caller subordinate ids, or more of them
 */
public record IdMaps(UserNamespace.Mapped maps, boolean subordinate, String without, String remedy) {

    /** Of the calling user. */
    static IdMaps of(String name, long uid, long gid) {
        String usersFile = read("/etc/subuid");
        String groupsFile = read("/etc/subgid");
        List<SubordinateIds.Block> users = SubordinateIds.of(usersFile, name, uid);
        List<SubordinateIds.Block> groups = SubordinateIds.of(groupsFile, name, uid);
        String remedy = IdsRemedy.range(name, uid, usersFile, groupsFile) + (IdsRemedy.installed() ? "" : "; and " + IdsRemedy.INSTALL);
        if (users.isEmpty() || groups.isEmpty()) {
            return alone(uid, gid, "user '" + name + "' (" + uid + ") has no range in " + (users.isEmpty() ? "/etc/subuid" : "/etc/subgid"), remedy);
        }
        try {
            return new IdMaps(new UserNamespace.Mapped(ranges(uid, users), ranges(gid, groups)), true, "", remedy);
        } catch (InvalidSpec e) {
            return alone(uid, gid, "the ranges of user '" + name + "' in /etc/subuid and /etc/subgid cannot be used: " + e.getMessage(),
                    "correct them: each a range that nobody else has, such as of " + remedy);
        }
    }

    /** Only the caller himself. */
    static IdMaps alone(long uid, long gid, String why, String remedy) {
        return new IdMaps(new UserNamespace.Mapped(List.of(new Range(0, uid, 1)), List.of(new Range(0, gid, 1))), false, why, remedy);
    }

    /** Which users and groups containers have, for messages. */
    public String has() {
        return "users " + inside(maps.users()) + " and groups " + inside(maps.groups());
    }

    private static String inside(List<Range> ranges) {
        long last = ranges.stream().mapToLong(r -> r.inside() + r.size() - 1).max().orElse(0);
        return last == 0 ? "0 alone" : "0 to " + last;
    }

    static List<Range> ranges(long own, List<SubordinateIds.Block> blocks) {
        List<Range> ranges = new ArrayList<>();
        ranges.add(new Range(0, own, 1));
        long inside = 1;
        for (SubordinateIds.Block block : blocks) {
            ranges.add(new Range(inside, block.first(), block.size()));
            inside += block.size();
        }
        return ranges;
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
