package dev.caisson.core.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Sockets;
import dev.caisson.linux.SyscallException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Row 13: frames and plans of garbage against builds with AddressSanitizer and UBSan. */
@Tag("host")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GuardHostileTest {
    private static final int FRAMES = 10_000;

    @TempDir
    Path out;

    private Path make(String target) throws Exception {
        Path source = Path.of("src/main/c").toAbsolutePath();
        Assumptions.assumeTrue(Files.isDirectory(source), "runs from the module's directory");
        Path log = out.resolve("make.log");
        Process make = new ProcessBuilder("make", "--quiet", "OUT=" + out, target).directory(source.toFile()).redirectErrorStream(true)
                .redirectOutput(log.toFile()).start();
        assertEquals(0, make.waitFor(), () -> {
            try {
                return Files.readString(log);
            } catch (java.io.IOException e) {
                return e.toString();
            }
        });
        try (var dirs = Files.list(out)) {
            return dirs.filter(Files::isDirectory).findFirst().orElseThrow();
        }
    }

    @Test
    void aMillionMutatedPlansNeverReadBeyondTheirEnd() throws Exception {
        make("fuzz");
    }

    @Test
    void tenThousandGarbageFramesAreRefusedAndTheNextLaunchWorks() throws Exception {
        Random random = new Random(1);
        try (GuardUnderTest guard = new GuardUnderTest(make("asan").resolve("caisson-guard-asan")); Fd directory = GuardUnderTest.path(Files.createDirectory(out.resolve("empty")).toString())) {
            int before = guard.descriptors();
            byte[] seed = seed();
            for (int i = 0; i < FRAMES; i++) {
                if (i % 3 == 0) {
                    byte[] frame = new byte[List.of(1, 23, 24, 25, 4000).get(random.nextInt(5))];
                    random.nextBytes(frame);
                    Sockets.sendmsg(guard.socket, direct(frame), fds(random, directory));
                } else if (i % 3 == 1) {
                    Sockets.sendmsg(guard.socket, header(random), fds(random, directory));
                } else {
                    byte[] plan = mutate(random, seed.clone());
                    try (Fd memfd = GuardUnderTest.sealed(ByteBuffer.wrap(plan))) {
                        guard.send(GuardUnderTest.LAUNCH, 1_000_000 + i, 0, 0, memfd);
                    }
                }
                drain(guard);
            }
            guard.send(GuardUnderTest.SLOTS, 0, LaunchPlan.SLOT_ENGINE, 64);
            assertEquals(0, HostTree.run(guard, HostTree.tree().exec("/bin/true")).only(Answer.Type.EXITED).exit());
            drain(guard);
            assertTrue(guard.descriptors() <= before, before + " descriptors before, now " + guard.descriptors());
        }
    }

    /** Changed bytes make other operations of these: they find namespaces of their own, and at most an empty directory of the host. */
    private static byte[] seed() {
        LaunchPlan.Builder plan = new LaunchPlan.Builder().cloneFlags(HostTree.NEWNS | HostTree.NEWUTS | HostTree.NEWIPC);
        int slot = plan.slot();
        plan.add(Phase.PREPARE, Op.of(OpCode.WRITE).slot(slot).s("x").t("y"));
        plan.add(Phase.CHILD, Op.of(OpCode.FSMOUNT).slot(slot).s("tmpfs").t(Op.strings(List.of("size=1m", "\u0001fd=0"))));
        plan.add(Phase.CHILD, Op.of(OpCode.EXEC).s(Op.strings(List.of("/a", "/b"))).t(Op.strings(List.of("x"))).u(Op.strings(List.of("A=b"))));
        plan.add(Phase.REPORT, Op.of(OpCode.READ).slot(slot).s("q").a(9));
        plan.add(Phase.UNDO, Op.of(OpCode.CGROUP_REMOVE).slot(slot).s("zz"));
        ByteBuffer encoded = plan.build().encode();
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        return bytes;
    }

    private static byte[] mutate(Random random, byte[] plan) {
        for (int n = random.nextInt(4); n > 0; n--) {
            plan[random.nextInt(plan.length)] = (byte) (random.nextBoolean() ? random.nextInt(256) : random.nextBoolean() ? -1 : 0);
        }
        return random.nextInt(10) == 0 ? java.util.Arrays.copyOf(plan, 1 + random.nextInt(plan.length)) : plan;
    }

    private static ByteBuffer header(Random random) {
        long[] numbers = {0, 1, 2, 9, 64, 65, 0x8000, 0x803f, 0x8040, -1, 1L << 63};
        ByteBuffer m = ByteBuffer.allocateDirect(24).order(ByteOrder.LITTLE_ENDIAN);
        int type;
        do {
            type = random.nextInt(26);
        } while (type == GuardUnderTest.SHUTDOWN);
        return m.putShort((short) type).putShort((short) random.nextInt()).putInt(100 + random.nextInt(50)) /* not that of the launch that follows: answers may still be under way */.putLong(numbers[random.nextInt(11)])
                .putLong(numbers[random.nextInt(11)]).flip();
    }

    private static int[] fds(Random random, Fd fd) {
        int[] numbers = new int[List.of(0, 0, 1, 2, 64, 65, 250).get(random.nextInt(7))];
        java.util.Arrays.fill(numbers, fd.value());
        return numbers;
    }

    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    private static void drain(GuardUnderTest guard) {
        ByteBuffer in = ByteBuffer.allocateDirect(65536).order(ByteOrder.LITTLE_ENDIAN);
        try {
            while (true) {
                in.clear();
                Sockets.Received received = Sockets.recvmsgNow(guard.socket, in);
                assertNotEquals(0, received.length(), "the guard died");
                received.fds().forEach(Fd::close);
            }
        } catch (SyscallException e) {
            assertEquals(dev.caisson.linux.Errno.EAGAIN, e.errno());
        }
    }
}
