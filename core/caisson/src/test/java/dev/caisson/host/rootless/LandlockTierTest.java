package dev.caisson.host.rootless;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.linux.Landlock;
import dev.caisson.testkit.OrdinaryUser;
import dev.caisson.testkit.leak.LeakCheck;
import dev.caisson.testkit.leak.Resource;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** sandbox(SandboxTier.LANDLOCK) where a seccomp filter forbids namespaces: what it still keeps from the user's files and processes, and what it says of itself. */
@Timeout(300)
class LandlockTierTest extends RootlessTest {
    private static final String UNSHARE = "272";
    private static final String EPERM = "1";
    private static final int EACCES = 13;
    private Path probe;
    private Path deny;

    /** What JNA opens once and keeps is not a test's leak. */
    @BeforeAll
    static void warmUp() {
        Landlock.abi();
    }

    @BeforeEach
    void compile() throws Exception {
        assumeTrue(Landlock.abi() >= 6, "Linux 6.12, booted with lsm=landlock,…: before that signals are denied instead, which LeftoversTest covers");
        probe = compiled(LandlockTierTest.class, "alone.c");
        deny = compiled(dev.caisson.host.check.OnBrokenHost.class, "deny.c");
        user.withSubordinateIds().through(deny.toString(), EPERM, UNSHARE, "--");
    }

    private Path compiled(Class<?> beside, String source) throws Exception {
        Path code = user.home().resolve(source);
        try (InputStream in = beside.getResourceAsStream(source)) {
            Files.copy(in, code);
        }
        Path program = user.home().resolve(source.replace(".c", ""));
        assertEquals(0, new ProcessBuilder("gcc", "-O1", "-w", "-o", program.toString(), code.toString()).inheritIO().start().waitFor());
        return program;
    }

    private String[] scenarios(String... names) {
        String[] all = new String[names.length + 1];
        all[0] = probe.toString();
        System.arraycopy(names, 0, all, 1, names.length);
        return all;
    }

    private Map<String, String> alone(String... names) {
        OrdinaryUser.Result result = user.java(LandlockLife.class, scenarios(names));
        assertEquals(0, result.exitCode(), result.output());
        return said(result.output());
    }

    @Test
    void aProgramRunsAndTheResultSaysWhatItWasMadeOf() {
        Map<String, String> said = alone("works");
        assertEquals("3|" + OrdinaryUser.uid() + "|SCRATCH|SCRATCH|x|b|c|d|piped", said.get("works"));
        assertEquals("true", said.get("gone"));
        assertEquals("Optional[LANDLOCK]", said.get("tier"));
        assertTrue(said.get("warnings").contains("Landlock alone, since this host forbids namespaces: ") && said.get("warnings").contains("unshare(CLONE_NEWUSER): EPERM"), said.get("warnings"));
        assertEquals("[]", said.get("changes"));
        assertEquals("givenb|1", said.get("input"));
        assertEquals("mine|refused", said.get("bound"));
        assertEquals("hidden|seen", said.get("hidden"));
        assertTrue(said.get("missing").startsWith("LaunchFailed: ") && said.get("missing").contains("'/no/such' was not found"), said.get("missing"));
        assertEquals("[]", said.get("left"), "directories without permissions are removed, too");
    }

    /** Rows 51 and 64: each attempt succeeds for a plain process of the user, which is the control, and in the sandbox those that reach beyond it do not. */
    @Test
    void theUsersFilesAndProcessesAreOutOfReach() {
        Map<String, String> said = alone("attacks");
        Map<String, Integer> plain = outcomes(said.get("plain"));
        Map<String, Integer> sandboxed = outcomes(said.get("sandboxed"));
        List<String> harmless = List.of("socketpair", "null", "usr", "passwd", "cpuinfo", "prlimitSelf", "killChild");
        List<String> noControl = List.of("unshare", "sshd"); // the filter of this host forbids the one, the other is not there
        assertTrue(plain.size() >= 44, plain.toString());
        plain.forEach((attempt, errno) -> {
            boolean works = harmless.contains(attempt);
            if (!noControl.contains(attempt)) {
                assertEquals(0, errno, "the control: " + attempt);
            }
            if (works) {
                assertEquals(0, sandboxed.get(attempt), attempt);
            } else {
                assertNotEquals(0, sandboxed.get(attempt), attempt + " in the sandbox: " + sandboxed);
            }
        });
        for (String landlocks : List.of("read", "write", "list", "mkdir", "create", "rename", "unlink", "readByLink", "devShm")) {
            assertEquals(EACCES, sandboxed.get(landlocks) == 18 ? EACCES : sandboxed.get(landlocks), landlocks); // EXDEV where rights would be lost
        }
        assertEquals("true", said.get("alivetrue"));
        assertEquals("[other:7, secret:7, victim:7]", said.get("filestrue"));
        assertNotEquals(said.get("filestrue"), said.get("filesfalse"), "the control");
    }

    private static Map<String, Integer> outcomes(String said) {
        return Arrays.stream(said.split("\\|")).map(line -> line.split("=")).collect(Collectors.toMap(f -> f[0], f -> Integer.parseInt(f[1]), (a, b) -> b, TreeMap::new));
    }

    @Test
    void itsLimitsHoldAndNothingOutlivesIt() {
        Map<String, String> said = alone("limits");
        assertEquals("begun|Optional[LANDLOCK]", said.get("timeout"));
        assertEquals("true", said.get("inTime"));
        assertTrue(said.get("output").startsWith("OutputLimitExceeded"), said.get("output"));
        assertEquals("1048576", said.get("fileSize"));
        assertEquals("refused", said.get("memory"));
        assertEquals("", said.get("bomb"), "the shell gives up when it cannot fork");
        assertEquals("over", said.get("hop"));
        assertEquals("0", said.get("leftover"));
    }

    @Test
    void whatItCannotGiveIsRefusedByNameAndNothingIsMade() {
        Map<String, String> said = alone("refusals");
        for (String what : new String[] {"plainSandbox", "container", "images"}) {
            assertTrue(said.get(what).startsWith("UnsupportedOnThisHost: ") && said.get(what).contains("unshare(CLONE_NEWUSER): EPERM")
                    && said.get(what).contains("sandbox(SandboxTier.LANDLOCK)"), what + ": " + said.get(what));
        }
        assertTrue(said.get("handle").startsWith("UnsupportedOnThisHost: "), said.get("handle"));
        assertTrue(said.get("rootfs").startsWith("InvalidSpec: ") && said.get("rootfs").contains("use hostRoot()"), said.get("rootfs"));
        assertTrue(said.get("strict").startsWith("InvalidSpec: "), said.get("strict"));
        assertEquals("false", said.get("made"));
        assertTrue(said.get("check").contains("sandbox without namespaces") && said.get("check").contains("Landlock ABI "), said.get("check"));
    }

    @Test
    void withoutLandlockThereIsNoSandbox() {
        user.through(deny.toString(), "38", "444", "--");
        OrdinaryUser.Result result = user.java(LandlockLife.class, scenarios("refusals", "limits"));
        assertTrue(result.exitCode() != 0 && result.output().contains("neither namespaces (") && result.output().contains("has none"), result.output());
        assertTrue(said(result.output()).get("check").contains("no sandbox at all"), result.output());
    }

    @Test
    void aKilledJvmLeavesNothing() throws Exception {
        LeakCheck outside = LeakCheck.watching().ignoring(Set.of(Resource.DESCRIPTORS, Resource.THREADS)).begin();
        Process jvm = user.start(LandlockLife.class, scenarios("hang"));
        BufferedReader output = new BufferedReader(new InputStreamReader(jvm.getInputStream()));
        String line = output.readLine();
        while (line != null && !line.startsWith("running=")) {
            line = output.readLine();
        }
        assertFalse(line == null || line.equals("running=0"), "the control: it ran: " + line);
        jvm.destroyForcibly().waitFor();
        outside.assertNothingLeft();
    }
}
