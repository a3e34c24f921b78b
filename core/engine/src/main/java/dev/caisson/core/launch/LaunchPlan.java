package dev.caisson.core.launch;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What the guard is to do for one launch: five lists of operations that refer to descriptors by slot.
 *
 * @param cloneFlags CLONE_NEW* for clone3(2)
 * @param fds how many descriptors come with the message
 * @param first the slot that the first of them fills
 * @param slots how many slots the operations use
 */
public record LaunchPlan(int flags, long cloneFlags, int fds, int first, int slots, Map<Phase, List<Op>> lists) {
    /** The lists, in the order of {@code enum list} in protocol.h. */
    public enum Phase { PREPARE, PREFIX, CHILD, REPORT, UNDO }

    public static final int MAGIC = 0x314e5343;
    public static final int PROTOCOL_VERSION = 4;
    /** Slots from here on live as long as the engine. */
    public static final int SLOT_ENGINE = 0x8000;
    public static final int MAX_SLOTS = 512;
    public static final int WANT_PIDFD = 1;
    public static final int WANT_RUNNING = 2;
    private static final int LISTS_AT = 40;
    static final int HEADER_BYTES = LISTS_AT + 8 * Phase.values().length;
    static final int OP_BYTES = 56;

    /** The operations of a phase. */
    public List<Op> ops(Phase phase) {
        return lists.getOrDefault(phase, List.of());
    }

    /** For messages about a launch in two parts: the rest's operations in the child, all others of the first part. */
    public LaunchPlan following(LaunchPlan ahead) {
        Map<Phase, List<Op>> both = new EnumMap<>(ahead.lists());
        both.put(Phase.CHILD, ops(Phase.CHILD));
        return new LaunchPlan(flags, ahead.cloneFlags(), ahead.fds(), ahead.first(), slots, both);
    }

    /** As the guard reads it. */
    public ByteBuffer encode() {
        int ops = 0;
        int pool = 0;
        for (Phase phase : Phase.values()) {
            for (Op op : ops(phase)) {
                ops++;
                pool += op.s().length + op.t().length + op.u().length + 3;
            }
        }
        int opsAt = HEADER_BYTES;
        int poolAt = opsAt + ops * OP_BYTES;
        PlanBytes out = new PlanBytes(poolAt + pool, poolAt);
        out.int32(MAGIC).int32(PROTOCOL_VERSION).int32(poolAt + pool).int32(flags).int64(cloneFlags).int32(slots).int32(fds).int32(first).int32(0);
        int at = opsAt;
        for (Phase phase : Phase.values()) {
            int count = ops(phase).size();
            out.int32(at).int32(count);
            at += count * OP_BYTES;
        }
        for (Phase phase : Phase.values()) {
            for (Op op : ops(phase)) {
                out.int16(op.code().code()).int16(op.slot()).int16(op.slot2()).int16(op.flags());
                out.int64(op.a()).int64(op.b()).int64(op.c());
                out.text(op.s()).text(op.t()).text(op.u());
            }
        }
        return ByteBuffer.wrap(out.bytes());
    }

    /** What {@link #encode} gave. What was said of operations for messages is not in there. */
    public static LaunchPlan decode(ByteBuffer encoded) {
        ByteBuffer in = encoded.duplicate().order(java.nio.ByteOrder.LITTLE_ENDIAN);
        Map<Phase, List<Op>> lists = new EnumMap<>(Phase.class);
        for (Phase phase : Phase.values()) {
            int at = in.getInt(LISTS_AT + 8 * phase.ordinal());
            List<Op> ops = new ArrayList<>();
            for (int i = 0; i < in.getInt(LISTS_AT + 4 + 8 * phase.ordinal()); i++) {
                ops.add(op(in, at + OP_BYTES * i));
            }
            lists.put(phase, List.copyOf(ops));
        }
        return new LaunchPlan(in.getInt(12), in.getLong(16), in.getInt(28), in.getInt(32), in.getInt(24), lists);
    }

    private static Op op(ByteBuffer in, int at) {
        return Op.of(OpCode.of(in.getShort(at))).slot(in.getShort(at + 2) & 0xffff).slot2(in.getShort(at + 4) & 0xffff).flags(in.getShort(at + 6) & 0xffff)
                .args(in.getLong(at + 8), in.getLong(at + 16), in.getLong(at + 24)).s(text(in, at + 32)).t(text(in, at + 40)).u(text(in, at + 48));
    }

    private static byte[] text(ByteBuffer in, int at) {
        byte[] bytes = new byte[in.getInt(at + 4)];
        in.get(in.getInt(at), bytes);
        return bytes;
    }

    /** The same with other operations of a phase. */
    public LaunchPlan with(Phase phase, List<Op> ops) {
        Map<Phase, List<Op>> changed = new EnumMap<>(Phase.class);
        changed.putAll(lists);
        changed.put(phase, List.copyOf(ops));
        return new LaunchPlan(flags, cloneFlags, fds, first, slots, changed);
    }

    /** One operation a line, for golden tests and people. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(String.format("flags=%d clone=%#x fds=%d%s slots=%d%n", flags, cloneFlags, fds, first == 0 ? "" : " from " + first, slots));
        for (Phase phase : Phase.values()) {
            text.append(phase).append(System.lineSeparator());
            ops(phase).forEach(op -> text.append("  ").append(op).append(System.lineSeparator()));
        }
        return text.toString();
    }

    /** Collects operations and hands out slots. */
    public static final class Builder {
        private final Map<Phase, List<Op>> lists = new EnumMap<>(Phase.class);
        private int flags;
        private long cloneFlags;
        private int fds;
        private int first;
        private int slots;

        /** A slot that is filled by the launch message; in the order of calls. All of them come before the first {@link #slot()}. */
        public int received() {
            if (slots != first + fds) {
                throw new IllegalStateException("received slots come first");
            }
            fds++;
            return slots++;
        }

        /** A slot that another plan of the same launch fills. All of them come before the first {@link #received()}. */
        public int elsewhere() {
            if (slots != first || fds != 0) {
                throw new IllegalStateException("slots filled elsewhere come first");
            }
            first++;
            return slots++;
        }

        /** The first received one will be this. */
        public void skip(int count) {
            while (slots < count) {
                elsewhere();
            }
        }

        /** Makes room for slots that another plan of the same launch fills and this one refers to by number. */
        public void slots(int atLeast) {
            slots = Math.max(slots, atLeast);
        }

        /** A slot that an operation fills. */
        public int slot() {
            if (slots >= MAX_SLOTS) {
                throw new IllegalStateException("a plan has at most " + MAX_SLOTS + " slots");
            }
            return slots++;
        }

        public Builder add(Phase phase, Op op) {
            lists.computeIfAbsent(phase, p -> new ArrayList<>()).add(op);
            return this;
        }

        public Builder flags(int value) {
            flags |= value;
            return this;
        }

        public Builder cloneFlags(long value) {
            cloneFlags |= value;
            return this;
        }

        public LaunchPlan build() {
            Map<Phase, List<Op>> copy = new EnumMap<>(Phase.class);
            lists.forEach((phase, ops) -> copy.put(phase, List.copyOf(ops)));
            return new LaunchPlan(flags, cloneFlags, fds, first, slots, copy);
        }
    }
}
