package dev.caisson.core.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;

/** Reads a plan as protocol.h draws it, and checks that every byte of it belongs to exactly one thing. */
final class EncodedPlan {
    private final ByteBuffer in;
    private final BitSet taken = new BitSet();

    private EncodedPlan(ByteBuffer in) {
        this.in = in.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    static LaunchPlan read(ByteBuffer bytes) {
        return new EncodedPlan(bytes).plan();
    }

    private LaunchPlan plan() {
        take(0, 80);
        assertEquals('C' | 'S' << 8 | 'N' << 16 | '1' << 24, in.getInt(0), "magic");
        assertEquals(4, in.getInt(4), "version");
        assertEquals(in.limit(), in.getInt(8), "size");
        LaunchPlan.Builder builder = new LaunchPlan.Builder().flags(in.getInt(12)).cloneFlags(in.getLong(16));
        int slots = in.getInt(24);
        int fds = in.getInt(28);
        int first = in.getInt(32);
        for (int i = 0; i < slots; i++) {
            assertEquals(i, i < first ? builder.elsewhere() : i < first + fds ? builder.received() : builder.slot());
        }
        for (LaunchPlan.Phase phase : LaunchPlan.Phase.values()) {
            int at = in.getInt(40 + 8 * phase.ordinal());
            int count = in.getInt(44 + 8 * phase.ordinal());
            assertEquals(0, at % 8, "operations are on their natural alignment");
            for (int i = 0; i < count; i++) {
                builder.add(phase, op(at + 56 * i));
            }
        }
        assertEquals(in.limit(), taken.cardinality(), "bytes that belong to nothing");
        return builder.build();
    }

    private Op op(int at) {
        take(at, 56);
        return Op.of(OpCode.of(in.getShort(at))).slot(in.getShort(at + 2) & 0xffff).slot2(in.getShort(at + 4) & 0xffff).flags(in.getShort(at + 6) & 0xffff)
                .args(in.getLong(at + 8), in.getLong(at + 16), in.getLong(at + 24)).s(bytes(at + 32)).t(bytes(at + 40)).u(bytes(at + 48));
    }

    private byte[] bytes(int at) {
        int offset = in.getInt(at);
        byte[] bytes = new byte[in.getInt(at + 4)];
        in.get(offset, bytes);
        assertEquals(0, in.get(offset + bytes.length), "a zero byte follows each string");
        take(offset, bytes.length + 1);
        return bytes;
    }

    private void take(int at, int size) {
        assertTrue(taken.get(at, at + size).isEmpty(), "bytes that belong to two things");
        taken.set(at, at + size);
    }
}
