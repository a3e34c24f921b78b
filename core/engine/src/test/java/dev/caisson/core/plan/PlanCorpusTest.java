package dev.caisson.core.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The plans that the guard is fuzzed from are those of today's compiler. {@code -DargLine=-Dgolden.update=true} writes them anew. Beside them may lie, as
 * {@code broke-….plan}, what once broke a guard: it keeps its bytes but for the head, without which no guard would look at it.
 */
class PlanCorpusTest {
    private static final Path CORPUS = Path.of("src/test/resources/dev/caisson/core/guard/corpus");
    /** Magic and version come before it. */
    private static final int SIZE = 8;
    private static final byte[] ALLOW = {6, 0, 0, 0, 0, 0, -1, 0x7f};

    @Test
    void theCorpusIsWhatTheCompilerMakes() throws IOException {
        for (Map.Entry<String, PlanCompiler.Compiled> plan : plans().entrySet()) {
            ByteBuffer encoded = plan.getValue().plan().encode();
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            Path file = CORPUS.resolve(plan.getKey() + ".plan");
            if (Boolean.getBoolean("golden.update")) {
                Files.createDirectories(CORPUS);
                Files.write(file, bytes);
            }
            assertArrayEquals(Files.readAllBytes(file), bytes, () -> file + " is not what is compiled now; if that is meant, run with -DargLine=-Dgolden.update=true");
        }
    }

    @Test
    void whatElseLiesThereIsOfTodaysProtocol() throws IOException {
        ByteBuffer head = plans().get("default").plan().encode().order(ByteOrder.LITTLE_ENDIAN);
        try (Stream<Path> files = Files.list(CORPUS)) {
            for (Path file : files.filter(f -> !plans().containsKey(name(f))).toList()) {
                assertTrue(name(file).startsWith("broke-"), () -> file + " is made by nobody");
                byte[] bytes = Files.readAllBytes(file);
                ByteBuffer plan = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
                if (Boolean.getBoolean("golden.update")) {
                    plan.putLong(0, head.getLong(0)).putInt(SIZE, bytes.length);
                    Files.write(file, bytes);
                }
                assertEquals(List.of(head.getLong(0), (long) bytes.length), List.of(plan.getLong(0), (long) plan.getInt(SIZE)), () -> file + " is of another protocol");
            }
        }
    }

    private static String name(Path file) {
        return file.getFileName().toString().replaceFirst("\\.plan$", "");
    }

    /** With a filter that the kernel takes: "allow". */
    private static Inputs filtered(Inputs inputs) {
        PlanInput.Privilege p = inputs.privilege;
        inputs.privilege = new PlanInput.Privilege(p.bounding(), p.permitted(), p.effective(), p.inheritable(), p.ambient(), p.lastCapability(), p.noNewPrivileges(), ALLOW,
                p.seccompFlags(), p.ownFilter(), p.landlock());
        return inputs;
    }

    private static Map<String, PlanCompiler.Compiled> plans() {
        Map<String, PlanCompiler.Compiled> plans = new TreeMap<>();
        for (String name : new String[] {"default", "tty", "read-only-volatile", "clock-and-score", "mounts"}) {
            plans.put(name, filtered(PlanGoldenTest.input(name)).compile());
        }
        PlanInput input = filtered(new Inputs()).input();
        plans.put("ahead", PlanCompiler.ahead(input));
        plans.put("rest", PlanCompiler.rest(plans.get("ahead").plan(), input));
        return plans;
    }
}
