package dev.caisson.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ProcessesTest {
    private static final Path SH = Path.of("/bin/sh");

    @Test
    void childSeesExactlyItsArgumentsEnvironmentAndDescriptors() {
        try (Pipes.Pipe pipe = Pipes.pipe2(0); Fd nil = FileCalls.open("/dev/null", Fcntl.O_RDONLY, 0)) {
            int pid = Processes.posixSpawn(
                    SH, List.of("sh", "-c", "echo \"$1|$A|$(env | wc -l)\" >&7; exit 3", "x", "été"),
                    List.of("A=b c"), Map.of(0, nil, 1, nil, 7, pipe.write()));
            pipe.write().close();
            assertEquals(3, waitFor(pid).status());
            // sh itself sets PWD, and busybox or dash SHLVL or _: compare the part that is ours.
            assertTrue(read(pipe.read()).startsWith("été|b c|"));
        }
    }

    @Test
    void signalsOfTheChildAreDefaultAndUnblocked() {
        try (Pipes.Pipe pipe = Pipes.pipe2(0); Fd nil = FileCalls.open("/dev/null", Fcntl.O_RDONLY, 0)) {
            int pid = Processes.posixSpawn(
                    Path.of("/bin/grep"), List.of("grep", "Sig[BI]", "/proc/self/status"), List.of(),
                    Map.of(0, nil, 1, pipe.write()));
            pipe.write().close();
            assertEquals(0, waitFor(pid).status());
            assertEquals("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n", read(pipe.read()));
        }
    }

    @Test
    void descriptorsMaySwapNumbers() {
        try (Pipes.Pipe one = Pipes.pipe2(0); Pipes.Pipe two = Pipes.pipe2(0)) {
            int a = one.write().value();
            int b = two.write().value();
            int pid = Processes.posixSpawn(SH, List.of("sh", "-c", "echo a > /proc/self/fd/" + a + "; echo b > /proc/self/fd/" + b), List.of(),
                    Map.of(a, two.write(), b, one.write()));
            assertEquals(0, waitFor(pid).status());
            one.write().close();
            two.write().close();
            assertEquals("b\n", read(one.read()));
            assertEquals("a\n", read(two.read()));
        }
    }

    @Test
    void aMissingProgramIsNamed() {
        SyscallException e = assertThrows(
                SyscallException.class, () -> Processes.posixSpawn("/no/such", List.of("x"), List.of(), Map.of()));
        assertEquals("posix_spawn(/no/such): ENOENT (2) No such file or directory", e.getMessage());
    }

    @Test
    void memfdIsRunAndSealed() {
        try (Fd memfd = Processes.memfdCreate("guard", Processes.MFD_ALLOW_SEALING | Processes.MFD_EXEC);
                Fd shell = FileCalls.open("/bin/true", Fcntl.O_RDONLY, 0)) {
            ByteBuffer program = ByteBuffer.allocate((int) FileCalls.fstat(shell).size());
            while (program.hasRemaining()) {
                FileCalls.read(shell, program);
            }
            FileCalls.writeAll(memfd, program.flip());
            Processes.seal(memfd);
            assertEquals(0xf, Processes.seals(memfd) & 0xf);
            assertEquals(Errno.EPERM, assertThrows(
                    SyscallException.class, () -> FileCalls.pwrite(memfd, ByteBuffer.wrap(new byte[1]), 0)).errno());
            int pid = Processes.posixSpawn("/proc/self/fd/" + memfd.value(), List.of("true"), List.of(), Map.of());
            assertEquals(0, waitFor(pid).status());
        }
    }

    @Test
    void killedByPidfdAndExitStatusOfTheReaped() {
        int pid = Processes.posixSpawn("/bin/sleep", List.of("sleep", "100"), List.of(), Map.of());
        try (Fd pidfd = Processes.pidfdOpen(pid)) {
            assertTrue(Processes.waitid(pidfd, Processes.WEXITED | Processes.WNOHANG).isEmpty());
            assertEquals(OptionalInt.empty(), Processes.pidfdExitStatus(pidfd));
            Processes.pidfdSendSignal(pidfd, 9);
            Processes.ChildStatus status = Processes.waitid(pidfd, Processes.WEXITED).orElseThrow();
            assertEquals(pid, status.pid());
            assertEquals(Processes.CLD_KILLED, status.code());
            assertEquals(9, status.status());
            assertEquals(Errno.ESRCH,
                    assertThrows(SyscallException.class, () -> Processes.pidfdSendSignal(pidfd, 9)).errno());
            OptionalInt later = Processes.pidfdExitStatus(pidfd);
            assertTrue(later.isEmpty() || later.getAsInt() == 9, later.toString());
        }
    }

    @Test
    void limitsAreReadAndLowered() {
        Processes.Rlimit before = Processes.getRlimit(0, Processes.RLIMIT_CORE);
        Processes.setRlimit(0, Processes.RLIMIT_CORE, new Processes.Rlimit(0, before.hard()));
        assertEquals(0, Processes.getRlimit(0, Processes.RLIMIT_CORE).soft());
        Processes.setRlimit(0, Processes.RLIMIT_CORE, before);
        assertEquals(ProcessHandle.current().pid(), Processes.getpid());
    }

    private static Processes.ChildStatus waitFor(int pid) {
        try (Fd pidfd = Processes.pidfdOpen(pid)) {
            return Processes.waitid(pidfd, Processes.WEXITED).orElseThrow();
        }
    }

    private static String read(Fd fd) {
        ByteBuffer all = ByteBuffer.allocate(4096);
        while (FileCalls.read(fd, all) > 0) {
            // until the end
        }
        return new String(all.array(), 0, all.position(), StandardCharsets.UTF_8);
    }
}
