package dev.caisson.core.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class EnvironmentTest {
    @Test
    void dockersOwnVariables() {
        assertEquals(List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=box", "HOME=/root"),
                Environment.of("box", false, List.of(), Map.of(), "/root").lines());
        assertEquals("xterm", Environment.of("box", true, List.of(), Map.of(), "/root").variables().get("TERM"));
    }

    @Test
    void theImageBeatsTheDefaultsAndTheCallerBoth() {
        Map<String, String> given = new LinkedHashMap<>();
        given.put("A", "caller");
        given.put("TERM", "dumb");
        Map<String, String> all = Environment.of("box", true, List.of("PATH=/image", "HOSTNAME=other", "A=image", "B=x=y", "HOME=/h"), given, "/root").variables();
        assertEquals(Map.of("PATH", "/image", "HOSTNAME", "other", "A", "caller", "B", "x=y", "HOME", "/h", "TERM", "dumb"), all);
        assertEquals("/image", Environment.of("box", false, List.of("PATH=/image"), Map.of(), "/").path());
        assertEquals("", Environment.of("box", false, List.of("PATH=/image"), Map.of("PATH", ""), "/").path());
        assertEquals("", Environment.of("box", false, List.of(), Map.of("HOME", ""), "/root").variables().get("HOME"));
    }

    @Test
    void nothingOfTheJvm() {
        String line = Environment.of("box", false, List.of(), Map.of(), "/").lines().toString();
        System.getenv().forEach((k, v) -> assertFalse(!List.of("PATH", "HOME", "HOSTNAME").contains(k) && line.contains(k + "="), k));
    }

    /** An image's lines are a stranger's: whatever they are, each line that comes out is one variable execve(2) takes. */
    @Property
    void whateverTheImageSays(@ForAll List<String> image) {
        for (String line : Environment.of("box", false, image, Map.of(), "/").lines()) {
            assertFalse(line.indexOf('=') <= 0 || line.indexOf('\0') >= 0, line);
        }
    }
}
