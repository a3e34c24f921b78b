package dev.caisson.core.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Covers rows 39 and 40 of the attack table. */
class CgroupViewTest {
    private static List<Op> ops(CgroupSlots slots) {
        AtomicInteger next = new AtomicInteger(10);
        IntSupplier supplier = next::getAndIncrement;
        return CgroupView.ops(slots, 1, supplier);
    }

    @Test
    void everyMountIsReadOnlyInTheEnd() {
        for (CgroupSlots slots : List.of(Samples.pureV1(true), Samples.hybrid(), Samples.pureV2())) {
            for (Op op : ops(slots)) {
                if (op.code() == OpCode.FSMOUNT) {
                    boolean tmpfs = new String(op.s()).equals("tmpfs");
                    assertEquals(tmpfs ? 14 : 15, op.a(), op.toString());
                }
            }
        }
    }

    @Test
    void v2IsOneMount() {
        assertEquals("FSMOUNT slot=10 0xf 0x0 0x0 'cgroup2'\nATTACH slot=10 slot2=1 flags=4 'sys/fs/cgroup'",
                ops(Samples.pureV2()).stream().map(Op::toString).collect(Collectors.joining("\n")));
    }

    @Test
    void v1HasADirectoryForEachHierarchyAndLinksForJointOnes() {
        List<String> lines = ops(Samples.hybrid()).stream().map(Op::toString).toList();
        assertEquals("FSMOUNT slot=10 0xe 0x0 0x0 'tmpfs' 'mode=755\\0size=4k\\0nr_inodes=128\\0'", lines.get(0));
        assertTrue(lines.contains("FSMOUNT slot=11 0xf 0x0 0x0 'cgroup' 'none\\0name=systemd\\0'"), lines.toString());
        assertTrue(lines.contains("FSMOUNT slot=18 0xf 0x0 0x0 'cgroup' 'cpu\\0cpuacct\\0'"), lines.toString());
        assertTrue(lines.contains("ATTACH slot=18 slot2=10 flags=1028 'cpu,cpuacct'"), lines.toString());
        assertTrue(lines.contains("SYMLINK slot=10 'cpuacct' 'cpu,cpuacct'"), lines.toString());
        assertTrue(lines.contains("ATTACH slot=19 slot2=10 flags=1028 'unified'"), lines.toString());
        assertEquals("MOUNT_ATTR slot=10 0x1 0x0 0x0", lines.get(lines.size() - 1));
    }

    @Test
    void withoutHierarchiesThereIsNothing() {
        assertTrue(ops(Samples.nothing()).isEmpty());
    }
}
