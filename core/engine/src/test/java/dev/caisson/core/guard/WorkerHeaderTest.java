package dev.caisson.core.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.linux.Worker;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** worker.h is the single source of its numbers: the Java side has the same. */
class WorkerHeaderTest {
    private static final Path SOURCES = Path.of("src/main/c");

    private static int number(String name) throws Exception {
        Field field = Worker.class.getDeclaredField(name);
        field.setAccessible(true);
        return field.getInt(null);
    }

    private static String header() throws IOException {
        return Files.readString(SOURCES.resolve("worker.h")).replaceAll("(?s)/\\*.*?\\*/", "");
    }

    private static Map<String, Integer> constants(String name) throws IOException {
        Matcher body = Pattern.compile("enum " + name + " \\{([^}]*)\\}").matcher(header());
        assertTrue(body.find(), name);
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

    @Test
    void kindsAndFlags() throws Exception {
        for (String name : new String[] {"worker_kind", "worker_flags"}) {
            Map<String, Integer> theirs = constants(name);
            assertTrue(theirs.size() >= 2, theirs::toString);
            for (Map.Entry<String, Integer> entry : theirs.entrySet()) {
                assertEquals(entry.getValue(), number(entry.getKey()), entry.getKey());
            }
        }
    }

    @Test
    void limits() throws Exception {
        Matcher defines = Pattern.compile("#define (WORKER_\\w+) (\\d+)").matcher(header());
        int seen = 0;
        for (; defines.find(); seen++) {
            assertEquals(Integer.parseInt(defines.group(2)), number(defines.group(1)), defines.group(1));
        }
        assertEquals(2, seen);
    }

    /** As a C compiler lays it out: 4 numbers, 8 bytes, 6 long ones. */
    @Test
    void layout() throws Exception {
        assertTrue(header().replaceAll("\\s+", " ").contains("struct worker_call { uint32_t number; uint32_t flags; uint32_t in; uint32_t out; uint8_t kind[8]; "
                + "uint64_t value[6]; };"));
        assertEquals(4 * 4 + 8 + 6 * 8, number("CALL_BYTES"));
    }
}
