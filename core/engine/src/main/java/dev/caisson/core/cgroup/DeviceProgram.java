package dev.caisson.core.cgroup;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A {@link DevicePolicy} as a program of type {@code BPF_PROG_TYPE_CGROUP_DEVICE}, the device controller of cgroup v2: it answers 1 to allow.
 *
 * <pre>
 *   struct bpf_cgroup_dev_ctx { u32 access_type;  access bits &lt;&lt; 16 | type (1 block, 2 character)
 *                               u32 major, minor; }
 *   r2 = type   r3 = access   r4 = major   r5 = minor, then for each rule the tests it needs, each jumping to the next rule, and "return 1"
 * </pre>
 */
final class DeviceProgram {
    private static final int LOAD_WORD = 0x61;
    private static final int MOVE_REGISTER = 0xbc;
    private static final int MOVE_NUMBER = 0xb4;
    private static final int AND_NUMBER = 0x54;
    private static final int RIGHT_SHIFT = 0x74;
    private static final int JUMP_NOT_EQUAL = 0x55;
    private static final int EXIT = 0x95;

    private final ByteBuffer code;

    private DeviceProgram(int rules) {
        // Six instructions to load, at most eight for a rule, two at the end.
        code = ByteBuffer.allocate(8 * (6 + 8 * rules + 2)).order(ByteOrder.nativeOrder());
    }

    /** An array of {@code struct bpf_insn}. */
    static byte[] compile(DevicePolicy policy) {
        DeviceProgram p = new DeviceProgram(policy.allowed().size());
        if (!policy.everything()) {
            p.add(LOAD_WORD, 2, 1, 0, 0).add(MOVE_REGISTER, 3, 2, 0, 0).add(AND_NUMBER, 2, 0, 0, 0xffff).add(RIGHT_SHIFT, 3, 0, 0, 16);
            p.add(LOAD_WORD, 4, 1, 4, 0).add(LOAD_WORD, 5, 1, 8, 0);
            policy.allowed().forEach(p::rule);
        }
        p.answer(policy.everything() ? 1 : 0);
        return java.util.Arrays.copyOf(p.code.array(), p.code.position());
    }

    private void rule(DeviceRule r) {
        int tests = (r.type() != 'a' ? 1 : 0) + (r.access() != DeviceRule.RWM ? 3 : 0) + (r.major() != DeviceRule.ANY ? 1 : 0)
                + (r.minor() != DeviceRule.ANY ? 1 : 0);
        int next = code.position() / 8 + tests + 2;
        if (r.type() != 'a') {
            unlessEqual(2, r.type() == 'b' ? 1 : 2, next);
        }
        if (r.access() != DeviceRule.RWM) {
            add(MOVE_REGISTER, 1, 3, 0, 0).add(AND_NUMBER, 1, 0, 0, ~r.access() & DeviceRule.RWM);
            unlessEqual(1, 0, next);
        }
        if (r.major() != DeviceRule.ANY) {
            unlessEqual(4, r.major(), next);
        }
        if (r.minor() != DeviceRule.ANY) {
            unlessEqual(5, r.minor(), next);
        }
        answer(1);
    }

    private void unlessEqual(int register, int value, int target) {
        add(JUMP_NOT_EQUAL, register, 0, target - (code.position() / 8 + 1), value);
    }

    private void answer(int value) {
        add(MOVE_NUMBER, 0, 0, 0, value).add(EXIT, 0, 0, 0, 0);
    }

    private DeviceProgram add(int opcode, int destination, int source, int offset, int number) {
        code.put((byte) opcode).put((byte) (destination | source << 4)).putShort((short) offset).putInt(number);
        return this;
    }
}
