package dev.caisson.core.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.core.guard.Answer.Type;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What hostile trees and inherited things can make of a launch: nothing. Rows are those of the security reference. */
@Tag("host")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GuardConfinementTest {
    private static final Op DANGLING = Op.of(OpCode.SYMLINK).slot(HostTree.ROOT).s("/mnt/dangling").t("/mnt/elsewhere");
    private static GuardUnderTest guard;

    @BeforeAll
    static void start() {
        guard = new GuardUnderTest();
    }

    @AfterAll
    static void stop() {
        guard.close();
    }

    static Stream<Arguments> throughDanglingLinks() {
        Op mkdir = Op.of(OpCode.MKDIR).slot(HostTree.ROOT).a(0755);
        Op attach = Op.of(OpCode.ATTACH).slot(HostTree.SCRATCH).slot2(HostTree.ROOT).s("/mnt/dangling");
        return Stream.of(
                Arguments.of(mkdir.s("/mnt/dangling"), Errno.ELOOP),
                Arguments.of(mkdir.s("/mnt/dangling/below"), Errno.ELOOP),
                Arguments.of(mkdir.s("/mnt/new/../../up"), Errno.EINVAL),
                Arguments.of(attach.flags(4), Errno.ELOOP),
                Arguments.of(attach.flags(8), Errno.ELOOP),
                Arguments.of(attach, Errno.ENOENT),
                Arguments.of(Op.of(OpCode.FILE).slot(HostTree.ROOT).s("/mnt/dangling").t("x").a(0644), Errno.EEXIST),
                Arguments.of(Op.of(OpCode.MKNOD).slot(HostTree.ROOT).s("/mnt/dangling").args(0x2000 | 0666, 1, 3), Errno.EEXIST));
    }

    /** Rows 8, 32, 33. */
    @ParameterizedTest
    @MethodSource("throughDanglingLinks")
    void nothingIsMadeThroughADanglingLink(Op op, int errno) {
        Answer.Failure f = HostTree.run(guard, HostTree.tree().before(DANGLING, op).exec("/bin/true")).only(Type.FAILED).failure();
        assertEquals(op.code().code(), f.code());
        assertEquals(errno, f.errno());
    }

    /** Row 3: after CLOSE nothing is open by which the working directory could be the host's; only what is to be kept is. */
    @Test
    void closedDescriptorsAreNoWayToADirectory() {
        Op away = Op.of(OpCode.CHDIR).slot(HostTree.SCRATCH).s("/");
        Answer.Failure f = HostTree.run(guard, HostTree.tree().after(close(HostTree.ROOT), away).exec("/bin/true")).only(Type.FAILED).failure();
        assertEquals(List.of(OpCode.CHDIR.code(), Errno.EBADF), List.of(f.code(), f.errno()));
        assertEquals("/mnt\n", HostTree.run(guard, HostTree.tree().after(close(HostTree.ROOT, HostTree.SCRATCH), away).exec("/bin/pwd", "-P")).output());
        assertEquals("/\n", HostTree.run(guard, HostTree.tree().after(close(HostTree.ROOT), away.slot(HostTree.ROOT)).exec("/bin/pwd", "-P")).output());
    }

    private static Op close(int... keep) {
        ByteBuffer slots = ByteBuffer.allocate(2 * keep.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int slot : keep) {
            slots.putShort((short) slot);
        }
        return Op.of(OpCode.CLOSE).s(slots.array());
    }

    /** Row 8: absolute and climbing links end inside the root that was given, not at the host's. */
    @Test
    void linksResolveInsideTheRoot() {
        String out = HostTree.run(guard, HostTree.tree().before(
                Op.of(OpCode.SYMLINK).slot(HostTree.SCRATCH).s("absolute").t("/inside"),
                Op.of(OpCode.SYMLINK).slot(HostTree.SCRATCH).s("climbing").t("../../../inside"),
                Op.of(OpCode.MKDIR).slot(HostTree.SCRATCH).s("/inside").a(0755),
                Op.of(OpCode.FILE).slot(HostTree.SCRATCH).s("absolute/a").t("a").args(0640, 5, 6),
                Op.of(OpCode.MKDIR).slot(HostTree.SCRATCH).s("climbing/b").args(01777, 7, 8)).exec("/bin/sh", "-c", "cd /mnt/inside; stat -c '%n %a %u %g' *")).output();
        assertEquals("a 640 5 6\nb 1777 7 8\n", out);
        assertFalse(Files.exists(Path.of("/inside")));
    }

    /** Row 3: the working directory cannot be a descriptor of the host. */
    @Test
    void workingDirectoryFollowsNoMagicLink() {
        HostTree tree = HostTree.tree().before(HostTree.proc()).after(Op.of(OpCode.CHDIR).slot(HostTree.ROOT).s("/proc/self/fd/0"));
        assertEquals(Errno.ELOOP, HostTree.run(guard, tree.exec("/bin/true")).only(Type.FAILED).failure().errno());
    }

    /** Rows 3 and 4: a directory outside the root is noticed by the raw getcwd. */
    @Test
    void workingDirectoryOutsideTheRootIsNoticed() {
        try (Fd outside = GuardUnderTest.path("/tmp")) {
            LaunchPlan.Builder plan = new LaunchPlan.Builder().cloneFlags(HostTree.NEWNS);
            plan.received();
            plan.add(LaunchPlan.Phase.CHILD, Op.of(OpCode.CHDIR).slot(0).s("/"));
            plan.add(LaunchPlan.Phase.CHILD, Op.of(OpCode.EXEC).s(Op.strings(List.of("/x"))).t(Op.strings(List.of("x"))));
            Answer.Failure f = guard.run(plan.build(), outside).get(0).failure();
            assertEquals(OpCode.CHDIR.code(), f.code());
            assertEquals(Errno.ENOENT, f.errno());
        }
    }

    /** Rows 2, 4 and 5: with engine slots, other launches and a JVM full of files, the workload has three descriptors. */
    @Test
    void workloadHasNoDescriptorsButItsStreams() {
        try (Fd host = GuardUnderTest.path("/etc")) {
            guard.send(GuardUnderTest.SLOTS, 0, LaunchPlan.SLOT_ENGINE + 5, 0, host, host);
            int other = HostTree.start(guard, HostTree.tree().exec("/bin/sleep", "100"));
            assertEquals(Type.RUNNING, guard.receive().type());
            String count = "i=0; while [ $i -lt 1000 ]; do [ -e /proc/$$/fd/$i ] && printf \"$i \"; i=$((i+1)); done";
            assertEquals("0 1 2 ", HostTree.run(guard, HostTree.tree().before(HostTree.proc()).exec("/bin/sh", "-c", count)).output());
            guard.send(GuardUnderTest.SIGNAL, other, 9, 2);
            guard.untilGone(other);
            guard.send(GuardUnderTest.SLOTS, 0, LaunchPlan.SLOT_ENGINE + 5, 2);
        }
    }

    /** Rows 2 and 3: what a child still holds while it waits for its program, as the host sees it: its own, nothing of the guard's, the engine's or another launch's. */
    @Test
    void aChildThatWaitsHoldsItsOwnAlone() throws Exception {
        try (Fd host = GuardUnderTest.path("/etc")) {
            guard.send(GuardUnderTest.SLOTS, 0, LaunchPlan.SLOT_ENGINE + 5, 0, host);
            int other = HostTree.start(guard, HostTree.tree().exec("/bin/sleep", "100"));
            assertEquals(Type.RUNNING, guard.receive().type());
            int id = HostTree.start(guard, HostTree.tree().flags(LaunchPlan.WANT_PIDFD).ahead());
            Answer started = guard.receive();
            String pid;
            try (Fd pidfd = started.fds().get(0)) {
                pid = Files.readString(Path.of("/proc/self/fdinfo/" + pidfd.value())).replaceFirst("(?s).*\\nPid:\\s*(\\d+).*", "$1");
            }
            List<String> held = held(pid);
            List<String> guards = held(Integer.toString(guard.pid));
            assertTrue(guards.contains("/etc") && guards.stream().anyMatch(t -> t.startsWith("anon_inode:")), () -> "the control: " + guards);
            assertFalse(held.contains("/etc") || held.stream().anyMatch(t -> t.startsWith("anon_inode:")), held::toString);
            assertEquals(1, held.stream().filter(t -> t.startsWith("socket:")).count(), () -> "the channel: " + held);
            for (int each : new int[] {id, other}) {
                guard.send(GuardUnderTest.SIGNAL, each, 9, GuardUnderTest.TREE);
                guard.untilGone(each);
            }
            guard.send(GuardUnderTest.SLOTS, 0, LaunchPlan.SLOT_ENGINE + 5, 1);
        }
    }

    /** Row 11: neither the guard nor what it starts is in the session whose terminal the JVM may have. */
    @Test
    void theGuardHasASessionOfItsOwn() throws Exception {
        String[] guards = sessionAndTerminal(Integer.toString(guard.pid));
        assertEquals(List.of(Integer.toString(guard.pid), "0"), List.of(guards));
        assertFalse(guards[0].equals(sessionAndTerminal("self")[0]), "the control");
    }

    private static String[] sessionAndTerminal(String pid) throws java.io.IOException {
        String[] fields = Files.readString(Path.of("/proc/" + pid + "/stat")).replaceFirst("(?s).*\\) ", "").split(" ");
        return new String[] {fields[3], fields[4]};
    }

    private static List<String> held(String pid) throws java.io.IOException {
        try (Stream<Path> fds = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            List<String> targets = new java.util.ArrayList<>();
            for (Path fd : fds.toList()) {
                try {
                    targets.add(Files.readSymbolicLink(fd).toString());
                } catch (java.nio.file.NoSuchFileException e) {
                    // closed meanwhile: the guard does so with a pidfd that it has sent
                }
            }
            return targets;
        }
    }

    /** Row 14: (uid_t)-1 means "unchanged" to setresuid(2): root. */
    @Test
    void userMinusOneIsRefused() {
        HostTree.Result r = HostTree.run(guard, HostTree.tree().after(Op.of(OpCode.IDS).args(0xffffffffL, 1000, 0)).exec("/bin/true"));
        assertEquals(Type.REFUSED, r.answers().get(0).type());
    }

    @Test
    void identityAndLimitsAreWhatWasAsked() {
        String out = HostTree.run(guard, HostTree.tree().clone(HostTree.NEWNET | HostTree.NEWUTS).before(HostTree.proc()).after(
                Op.of(OpCode.HOSTNAME).s("box"), Op.of(OpCode.LOOPBACK_UP), Op.of(OpCode.KEYRING),
                Op.of(OpCode.RLIMIT).args(7, 100, 200), Op.of(OpCode.UMASK).a(027), Op.of(OpCode.SCHED).a(5),
                Op.of(OpCode.CAP_BOUNDING).args(0x401, 40, 0), Op.of(OpCode.CAPS).args(0x401, 0x401, 0), Op.of(OpCode.CAP_AMBIENT),
                Op.of(OpCode.NO_NEW_PRIVS))
                .exec("/bin/sh", "-c", "uname -n; ulimit -Sn; ulimit -Hn; umask; nice; grep -E '^(Sig[BI]|Cap|NoNew)' /proc/self/status | tr -d '\\t\\n'")).output();
        assertEquals("box\n100\n200\n0027\n5\nSigBlk:0000000000000000SigIgn:0000000000000000CapInh:0000000000000000"
                + "CapPrm:0000000000000401CapEff:0000000000000401CapBnd:0000000000000401CapAmb:0000000000000000NoNewPrivs:1", out);
    }

    /** Row 13: no limit of the protocol turns a long environment into a short one. */
    @ParameterizedTest
    @org.junit.jupiter.params.provider.ValueSource(ints = {65535, 65536, 65537, 131000})
    void longStringsArriveWhole(int length) {
        String out = HostTree.run(guard, HostTree.tree().exec("/bin/sh", "-c", "printf %s \"$1\" | wc -c", "sh", "x".repeat(length))).output();
        assertEquals(length, Integer.parseInt(out.strip()));
    }

    /** Row 13: what the kernel cannot take is an error. */
    @Test
    void argumentsBeyondTheKernelsLimitAreAnError() {
        String[] argv = new String[100];
        java.util.Arrays.fill(argv, "x".repeat(100_000));
        argv[0] = "/bin/true";
        assertEquals(Errno.E2BIG, HostTree.run(guard, HostTree.tree().exec(argv)).only(Type.FAILED).failure().errno());
    }

    @Test
    void guardItselfIsOutOfReach() throws Exception {
        assertTrue(Files.readString(Path.of("/proc/" + guard.pid + "/mountinfo")).lines().count() == 1, "one empty tmpfs and nothing of the host");
        assertEquals("0", Files.readString(Path.of("/proc/" + guard.pid + "/status")).lines()
                .filter(l -> l.startsWith("Uid")).map(l -> l.split("\t")[1]).findFirst().orElse(""));
        for (int fd = 0; fd <= 2; fd++) {
            assertTrue(Files.readSymbolicLink(Path.of("/proc/" + guard.pid + "/fd/" + fd)).toString().startsWith("/memfd:empty"));
        }
    }
}
