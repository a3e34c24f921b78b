package dev.caisson.core.guard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.core.launch.OpFlags;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** protocol.h is the single source of its numbers: the Java side has the same ones, all of them, and lays bytes out as a C compiler does. */
class ProtocolHeaderTest {
    private static final Path SOURCES = Path.of("src/main/c");
    private static final Pattern DEFINE = Pattern.compile("#define (\\w+) (0x[0-9a-f]+|\\d+)u?\\b");

    private static String header() throws IOException {
        return Files.readString(SOURCES.resolve("protocol.h")).replaceAll("(?s)/\\*.*?\\*/", "");
    }

    /** Names and values of an enum, counted on where no value is given. */
    private static Map<String, Integer> constants(String name) throws IOException {
        Matcher body = Pattern.compile("enum " + name + " \\{([^}]*)\\}").matcher(header());
        assertEquals(true, body.find(), "enum " + name);
        Map<String, Integer> values = new TreeMap<>();
        int next = 0;
        for (String entry : body.group(1).split(",")) {
            String[] parts = entry.strip().split("\\s*=\\s*");
            if (!parts[0].isEmpty()) {
                next = parts.length > 1 ? Integer.parseInt(parts[1]) : next;
                values.put(parts[0], next++);
            }
        }
        return values;
    }

    private static Map<String, Integer> defines() throws IOException {
        Map<String, Integer> values = new TreeMap<>();
        DEFINE.matcher(header()).results().forEach(m -> values.put(m.group(1), Integer.decode(m.group(2))));
        return values;
    }

    private static Map<String, Integer> fields(Class<?> type, String prefix) throws IllegalAccessException {
        Map<String, Integer> values = new TreeMap<>();
        for (Field field : type.getDeclaredFields()) {
            if (field.getType() == int.class) {
                field.setAccessible(true);
                values.put(prefix + field.getName(), field.getInt(null));
            }
        }
        return values;
    }

    @Test
    void operations() throws IOException {
        Map<String, Integer> ours = new TreeMap<>();
        for (OpCode code : OpCode.values()) {
            ours.put("OP_" + code.name(), code.code());
        }
        assertEquals(constants("op_code"), ours);
    }

    @Test
    void flagsOfOperations() throws Exception {
        assertEquals(constants("op_flags"), fields(OpFlags.class, "OPF_"));
    }

    @Test
    void messages() throws Exception {
        Map<String, Integer> ours = fields(GuardProtocol.class, "");
        ours.keySet().removeIf(name -> !name.startsWith("MSG_"));
        assertEquals(constants("message_type"), ours);
    }

    @Test
    void listsAndScopesInTheirOrder() throws IOException {
        Map<String, Integer> phases = new TreeMap<>(Map.of("LISTS", Phase.values().length));
        for (Phase phase : Phase.values()) {
            phases.put("LIST_" + phase, phase.ordinal());
        }
        assertEquals(constants("list"), phases);
        Map<String, Integer> scopes = new TreeMap<>();
        for (Guard.Scope scope : Guard.Scope.values()) {
            scopes.put("SCOPE_" + scope, scope.ordinal());
        }
        assertEquals(constants("signal_scope"), scopes);
    }

    @Test
    void flagsOfPlans() throws IOException {
        assertEquals(constants("plan_flags"), new TreeMap<>(Map.of("F_WANT_PIDFD", LaunchPlan.WANT_PIDFD, "F_WANT_RUNNING", LaunchPlan.WANT_RUNNING)));
    }

    @Test
    void limitsAndDescriptors() throws IOException {
        Map<String, Integer> theirs = defines();
        theirs.keySet().removeAll(Set.of("MAX_UNDO_FAILURES", "MAX_ENGINE_SLOTS")); // the guard's own
        assertEquals(GuardProtocol.FD_USERNS, theirs.remove("FD_USERNS"));
        assertEquals(GuardProtocol.FD_RULESET, theirs.remove("FD_RULESET"));
        assertEquals(GuardProtocol.FD_PLAN, theirs.remove("FD_PLAN"));
        assertEquals(GuardProtocol.MAX_HELD, theirs.remove("MAX_HELD"));
        assertEquals(theirs, new TreeMap<>(Map.of("PROTOCOL_VERSION", LaunchPlan.PROTOCOL_VERSION, "FD_CONTROL", GuardProtocol.FD_CONTROL,
                "FD_JVM", GuardProtocol.FD_JVM, "FD_LOCK", GuardProtocol.FD_LOCK, "MAX_MESSAGE", GuardProtocol.MAX_MESSAGE, "MAX_FDS", GuardProtocol.MAX_FDS,
                "PLAN_MAGIC", LaunchPlan.MAGIC, "MAX_SLOTS", LaunchPlan.MAX_SLOTS, "SLOT_ENGINE", LaunchPlan.SLOT_ENGINE, "SLOT_NONE", Op.NO_SLOT)));
    }

    @Test
    void sizesOfMessages(@TempDir Path directory) throws Exception {
        String sizes = new String(run(compile(directory), "sizes", new byte[0]), StandardCharsets.UTF_8);
        assertEquals("message " + GuardProtocol.HEADER_BYTES + "\nfailure " + GuardProtocol.FAILURE_BYTES + "\npath " + GuardProtocol.FAILURE_PATH_BYTES + "\n", sizes);
    }

    @Test
    void theCompilerReadsAPlanAsItWasMeant(@TempDir Path directory) throws Exception {
        LaunchPlan.Builder builder = new LaunchPlan.Builder().flags(3).cloneFlags(0x1_0000_0002L);
        builder.received();
        builder.received();
        builder.slot();
        int at = 0;
        for (Phase phase : Phase.values()) {
            for (int i = 0; i <= at; i++) {
                builder.add(phase, Op.of(OpCode.FSMOUNT).slot(7).slot2(8).flags(9).args(-1, 1L << 40, 11).s("s" + phase).t("t" + i).u(new byte[] {'u'}));
            }
            at++;
        }
        ByteBuffer plan = builder.build().encode();
        byte[] bytes = new byte[plan.remaining()];
        plan.get(bytes);
        StringBuilder expected = new StringBuilder("1 1 0x3 0x100000002 3 2\n");
        for (Phase phase : Phase.values()) {
            for (int i = 0; i <= phase.ordinal(); i++) {
                expected.append(phase.ordinal()).append(" 30 7 8 9 18446744073709551615 1099511627776 11 's").append(phase).append("' 't").append(i).append("' 'u'\n");
            }
        }
        assertEquals(expected.toString(), new String(run(compile(directory), "plan", bytes), StandardCharsets.UTF_8));
    }

    @Test
    void whatTheCompilerWritesIsRead(@TempDir Path directory) throws Exception {
        Path program = compile(directory);
        GuardExit exit = GuardExit.read(ByteBuffer.wrap(run(program, "exited", new byte[0])).order(ByteOrder.LITTLE_ENDIAN));
        assertEquals(9, exit.signal());
        assertEquals(137, exit.exitCode());
        assertEquals(Duration.ofMillis(7500), exit.cpu());
        assertEquals(1234, exit.maxRssKib());
        assertEquals(Duration.ofNanos(8_000_000_001L), exit.elapsed());
        assertEquals(Set.of(3, 4), exit.reports().keySet());
        assertArrayEquals(new byte[] {'1', '2', '3', '4', '5'}, exit.reports().get(3));
        assertArrayEquals(new byte[0], exit.reports().get(4));
        assertEquals(new GuardFailure(Phase.CHILD, 258, OpCode.EXEC.code(), 7, 13, "/bin/x"),
                GuardFailure.read(ByteBuffer.wrap(run(program, "failure", new byte[0])).order(ByteOrder.LITTLE_ENDIAN)));
    }

    private static Path compile(Path directory) throws IOException, InterruptedException {
        Path source = directory.resolve("protocol.c");
        try (InputStream in = ProtocolHeaderTest.class.getResourceAsStream("protocol.c")) {
            Files.copy(in, source);
        }
        Path program = directory.resolve("protocol");
        Process gcc;
        try {
            gcc = new ProcessBuilder("gcc", "-Wall", "-Werror", "-I", SOURCES.toAbsolutePath().toString(), "-o", program.toString(), source.toString())
                    .redirectErrorStream(true).start();
        } catch (IOException e) {
            assumeTrue(false, "gcc is missing (apt-get install gcc): " + e.getMessage());
            throw e;
        }
        String output = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, gcc.waitFor(), output);
        return program;
    }

    private static byte[] run(Path program, String word, byte[] input) throws IOException, InterruptedException {
        Path file = Files.write(program.resolveSibling("input"), input);
        Process process = new ProcessBuilder(program.toString(), word).redirectInput(file.toFile()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        byte[] output = process.getInputStream().readAllBytes();
        assertEquals(0, process.waitFor());
        return output;
    }
}
