package dev.caisson;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Whether a container has a user namespace of its own, and whom its users are on the host ({@code --userns}; user_namespaces(7)). With one, root inside is an
 * ordinary user of the host, with powers over nothing but the container. Layers are seen through the map (mount_setattr(2), MOUNT_ATTR_IDMAP), so that nothing
 * is copied or given to another owner on disk. An ordinary user's containers have one in any case, whose users are himself and his subordinate ids.
 */
public sealed interface UserNamespace {
    /**
     * The host's: root inside is root. The default.
     *
     * @return root inside is root outside, within its capabilities and filter
     */
    static UserNamespace host() {
        return new Host();
    }

    /**
     * One of its own, with 65,536 users whom no other container and, by custom, nobody on the host has. Refused to an ordinary user, but as part of a sandbox.
     *
     * @return chosen at the start, given back at the removal ({@code podman --userns auto})
     */
    static UserNamespace auto() {
        return new Auto();
    }

    /**
     * One of its own in which the user who runs the JVM is the same user, with the same number ({@code --userns keep-id} of podman): what it writes to a bound
     * directory is his. Everybody else inside, root among them, is one of his subordinate ids, or, where the JVM has root's powers, of a range as
     * {@link #auto()}'s. The container runs as this user unless {@code user(…)} says otherwise, whatever the image says, as podman has it. A JVM that is root
     * itself has to say whom to keep: {@link KeepId#of(long, long)}.
     *
     * @return {@link KeepId#of} says whom, where the JVM is root
     */
    static KeepId keepId() {
        return new KeepId(KeepId.CALLER, KeepId.CALLER, KeepId.SAME, KeepId.SAME);
    }

    /**
     * The same, with this number and group inside instead of his own ({@code --userns keep-id:uid=UID,gid=GID}).
     *
     * @param uid the number inside, 0 to 4294967294
     * @param gid that of the group
     * @return {@link KeepId#of} says whom, where the JVM is root
     */
    static KeepId keepId(long uid, long gid) {
        return keepId().as(uid, gid);
    }

    /**
     * One of its own with these maps. A JVM that is an ordinary user may map to himself and to his subordinate ids; there an image is copied for the container, as
     * with {@link #keepId()}.
     *
     * @param users at least one, none of the host's root
     * @param groups alike
     * @return numbers that no range has are nobody's (65534)
     */
    static UserNamespace map(List<Range> users, List<Range> groups) {
        return new Mapped(users, groups).withoutHostsRoot();
    }

    /**
     * One of its own in which so many users and groups from 0 on are those from {@code outside} on.
     *
     * @param outside the first number on the host, above 0
     * @param size how many
     * @return users and groups alike
     */
    static UserNamespace map(long outside, long size) {
        List<Range> range = List.of(new Range(0, outside, size));
        return map(range, range);
    }

    /** See {@link UserNamespace#host()}. */
    record Host() implements UserNamespace {}

    /** See {@link UserNamespace#auto()}. */
    record Auto() implements UserNamespace {}

    /**
     * See {@link UserNamespace#keepId()}.
     *
     * @param hostUser who is kept, by his number on the host; {@link #CALLER} for who runs the JVM
     * @param hostGroup his group, likewise
     * @param user his number inside; {@link #SAME} for the same
     * @param group his group's
     */
    record KeepId(long hostUser, long hostGroup, long user, long group) implements UserNamespace {
        /** Who runs the JVM. */
        public static final long CALLER = -1;
        /** The same number as on the host. */
        public static final long SAME = -1;

        /**
         * Numbers that are checked; {@link UserNamespace#keepId()} makes one.
         *
         * @throws InvalidSpec if a number is none of 0 to 4294967294, or if it is the host's root who is kept
         */
        public KeepId {
            for (long id : new long[] {hostUser, hostGroup, user, group}) {
                if (id < -1 || id > Range.LAST) {
                    throw new InvalidSpec("userns(keepId(…))", "has " + id + ", which is no number of a user or group", "give one from 0 to " + Range.LAST);
                }
            }
            if (hostUser == 0 || hostGroup == 0) {
                throw new InvalidSpec("userns(keepId().of(" + hostUser + ", " + hostGroup + "))", Mapped.GIVES_ROOT, "keep a user and a group above 0");
            }
        }

        /**
         * With another number and group inside.
         *
         * @param uid the number inside, 0 to 4294967294; {@link #SAME} for that on the host
         * @param gid that of the group, likewise
         * @return a copy
         * @throws InvalidSpec if one is no number of a user or group
         */
        public KeepId as(long uid, long gid) {
            return new KeepId(hostUser, hostGroup, uid, gid);
        }

        /**
         * Another user of the host is kept: what a JVM with root's powers alone can do.
         *
         * @param uid his number on the host, above 0
         * @param gid that of his group, above 0
         * @return a copy
         * @throws InvalidSpec if one is no number of a user or group, or is root's
         */
        public KeepId of(long uid, long gid) {
            return new KeepId(uid, gid, user, group);
        }
    }

    /**
     * See {@link UserNamespace#map(List, List)}. That the host's root is not among them is checked by the factories and again when a container's spec is made.
     *
     * @param users of the container, as ranges of the host's
     * @param groups likewise
     */
    record Mapped(List<Range> users, List<Range> groups) implements UserNamespace {
        private static final int KERNEL_LIMIT = 340;
        static final String GIVES_ROOT = "gives the host's root to the container";

        /**
         * Ranges that are checked and copied; {@link UserNamespace#map(List, List)} makes one.
         *
         * @throws InvalidSpec if ranges of one side overlap or leave what the kernel can count, or if there are more than 340
         */
        public Mapped {
            users = checked("users", users);
            groups = checked("groups", groups);
        }

        /** @throws InvalidSpec if the host's root is among them */
        Mapped withoutHostsRoot() {
            for (List<Range> side : List.of(users, groups)) {
                if (side.stream().anyMatch(r -> r.outside() == 0)) {
                    throw new InvalidSpec("userns(map(" + side + "))", GIVES_ROOT, "map to users above 0, or leave the user namespace out");
                }
            }
            return this;
        }

        /**
         * {@return the user on the host who is this one inside; -1 if it is not mapped}
         *
         * @param inside number of the user
         */
        public long user(long inside) {
            return outside(users, inside);
        }

        /**
         * {@return the group on the host that is this one inside; -1 if it is not mapped}
         *
         * @param inside number of the group
         */
        public long group(long inside) {
            return outside(groups, inside);
        }

        private static long outside(List<Range> ranges, long inside) {
            for (Range r : ranges) {
                if (inside >= r.inside() && inside < r.inside() + r.size()) {
                    return r.outside() + inside - r.inside();
                }
            }
            return -1;
        }

        private static List<Range> checked(String what, List<Range> ranges) {
            String field = "userns(map(" + what + " " + ranges + "))";
            if (ranges.isEmpty() || ranges.size() > KERNEL_LIMIT) {
                throw new InvalidSpec(field, "has " + ranges.size() + " ranges, not 1 to " + KERNEL_LIMIT, "");
            }
            apart(field, "inside", ranges, Comparator.comparingLong(Range::inside), Range::inside);
            apart(field, "outside", ranges, Comparator.comparingLong(Range::outside), Range::outside);
            if (ranges.stream().noneMatch(r -> r.inside() == 0)) {
                throw new InvalidSpec(field, "leaves out 0, who sets the container up", "map 0 too");
            }
            return List.copyOf(ranges);
        }

        private static void apart(String field, String side, List<Range> ranges, Comparator<Range> order, java.util.function.ToLongFunction<Range> start) {
            List<Range> sorted = new ArrayList<>(ranges);
            sorted.sort(order);
            for (int i = 1; i < sorted.size(); i++) {
                Range before = sorted.get(i - 1);
                if (start.applyAsLong(before) + before.size() > start.applyAsLong(sorted.get(i))) {
                    throw new InvalidSpec(field, "maps a number twice " + side + ": " + before + " and " + sorted.get(i), "");
                }
            }
        }
    }

    /**
     * Consecutive numbers inside that are consecutive ones on the host.
     *
     * @param inside the first, inside
     * @param outside the first, on the host
     * @param size how many
     */
    record Range(long inside, long outside, long size) {
        /** The last id there is; 4294967295 means "none". */
        static final long LAST = 0xffff_fffeL;

        /**
         * A range that is checked.
         *
         * @throws InvalidSpec if it is empty, or leaves 0 to 4294967294
         */
        public Range {
            if (inside < 0 || outside < 0 || size < 1 || inside > LAST || outside > LAST || size > LAST + 1 - Math.max(inside, outside)) {
                throw new InvalidSpec("range " + inside + ":" + outside + ":" + size, "is empty or leaves 0 to " + LAST, "");
            }
        }

        @Override
        public String toString() {
            return inside + ":" + outside + ":" + size;
        }
    }
}
