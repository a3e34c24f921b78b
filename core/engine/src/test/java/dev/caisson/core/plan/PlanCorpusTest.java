package dev.caisson.core.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The plans that the guard is fuzzed from are those of today's compiler. {@code -DargLine=-Dgolden.update=true} writes them anew. */
class PlanCorpusTest {
    private static final Path CORPUS = Path.of("src/test/resources/dev/caisson/core/guard/corpus");
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
