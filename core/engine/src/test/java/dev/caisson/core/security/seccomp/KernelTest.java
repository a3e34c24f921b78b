package dev.caisson.core.security.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The default policy in a real kernel: rows 51, 52, 53, 54, 55, 57 and 58 of the attack table. */
@Tag("host")
class KernelTest {
    private static final long DOCKER = 0xa80425fbL;
    private static final int EPERM = 1;
    private static final int ENOSYS = 38;

    @TempDir
    Path directory;
    private Path probe;

    @BeforeEach
    void compile() throws Exception {
        probe = NativeTool.compile("probe.c", directory);
    }

    private Map<String, Integer> outcomes(long capabilities) throws Exception {
        byte[] bpf = new DefaultPolicy().program(Arch.ofMachine(System.getProperty("os.arch")), capabilities).bpf();
        return parse(NativeTool.run(probe, bpf));
    }

    private static Map<String, Integer> parse(byte[] output) {
        Map<String, Integer> outcomes = new HashMap<>();
        for (String line : new String(output, StandardCharsets.US_ASCII).split("\n")) {
            outcomes.put(line.substring(0, line.lastIndexOf(' ')), Integer.valueOf(line.substring(line.lastIndexOf(' ') + 1)));
        }
        return outcomes;
    }

    @Test
    void theKernelTakesTheProgramAndDeniesWhatItShould() throws Exception {
        Map<String, Integer> outcomes = outcomes(DOCKER);
        for (String denied : new String[] {"unshare", "setns", "AF_ALG", "AF_VSOCK", "io_uring_setup", "io_uring_enter", "io_uring_register",
            "keyctl", "mount", "open_by_handle_at", "bpf"}) {
            assertEquals(EPERM, outcomes.get(denied), denied);
        }
        for (String unknown : new String[] {"clone3", "number 9999", "number -1"}) {
            assertEquals(ENOSYS, outcomes.get(unknown), unknown);
        }
        for (String allowed : new String[] {"AF_INET", "getpid", "fork"}) {
            assertEquals(0, outcomes.get(allowed), allowed);
        }
        long clones = outcomes.entrySet().stream().filter(o -> o.getKey().startsWith("clone 0x") && o.getValue() == EPERM).count();
        assertEquals(7, clones, outcomes.toString());
    }

    @Test
    void theOtherTablesOfAnX86MachineAreNoWayRound() throws Exception {
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "x32 and i386 are x86-64's");
        Map<String, Integer> outcomes = outcomes(DOCKER);
        assertEquals(ENOSYS, outcomes.get("x32 getpid"));
        assertEquals(ENOSYS, outcomes.get("x32 unshare"));
        assertEquals(ENOSYS, outcomes.get("i386 clone3"));
        assertEquals(ENOSYS, outcomes.get("i386 number 9999"));
        if (outcomes.get("i386 getpid") != ENOSYS) {
            assertEquals(0, outcomes.get("i386 getpid"));
            assertEquals(EPERM, outcomes.get("i386 unshare"));
            assertEquals(EPERM, outcomes.get("i386 socket AF_ALG"));
            assertEquals(EPERM, outcomes.get("i386 keyctl"));
        }
    }

    /** With CAP_SYS_ADMIN the same probe gets other answers, so that the ones above are the policy's. */
    @Test
    void capabilitiesOpenAndNothingIsVacuous() throws Exception {
        Map<String, Integer> open = outcomes(DOCKER | 1L << 21);
        for (String name : new String[] {"setns", "mount", "bpf", "clone3"}) {
            assertNotEquals(EPERM, open.get(name), name);
            assertNotEquals(ENOSYS, open.get(name), name);
        }
        assertEquals(0, open.get("clone 0x8000000"), "CLONE_NEWIPC");
        assertEquals(EPERM, open.get("io_uring_setup"));
    }
}
