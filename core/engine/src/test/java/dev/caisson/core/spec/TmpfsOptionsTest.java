package dev.caisson.core.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.Mount;
import dev.caisson.core.launch.Op;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Each option of a tmpfs goes to exactly one place: to the file system as one string that says the same, or to the mount as bits. */
class TmpfsOptionsTest {
    private static final Map<String, Long> SETS = Map.of("ro", 1L, "noatime", 0x10L);
    private static final Map<String, Long> CLEARS = Map.of("suid", 2L, "dev", 4L, "exec", 8L);
    private static final Set<String> NEITHER = Set.of("rw", "nosuid", "nodev", "noexec");

    @Provide
    Arbitrary<Map<String, String>> options() {
        Arbitrary<String> keys = Arbitraries.of("size", "mode", "uid", "huge", "noswap", "ro", "rw", "exec", "noexec", "suid", "nosuid", "dev", "nodev", "noatime");
        Arbitrary<String> values = Arbitraries.oneOf(Arbitraries.of("", "1m", "1777", "a=b", "\u0001fd=3", "x y"), Arbitraries.strings().excludeChars('\0'));
        return Arbitraries.maps(keys, values).ofMaxSize(8);
    }

    @Property
    void eachGoesToOnePlace(@ForAll("options") Map<String, String> options) {
        Mount.Tmpfs mount = new Mount.Tmpfs("/t", options);
        List<String> texts = TmpfsOptions.options(mount);
        Map<String, String> again = new HashMap<>();
        for (String text : texts) {
            int equals = text.indexOf('=');
            again.put(equals < 0 ? text : text.substring(0, equals), equals < 0 ? "" : text.substring(equals + 1));
        }
        long attributes = 0xe;
        Map<String, String> expected = new HashMap<>(options);
        for (String key : options.keySet()) {
            attributes |= SETS.getOrDefault(key, 0L);
            attributes &= ~CLEARS.getOrDefault(key, 0L);
            if (SETS.containsKey(key) || CLEARS.containsKey(key) || NEITHER.contains(key)) {
                expected.remove(key);
            }
        }
        assertEquals(expected, again);
        assertEquals(attributes, TmpfsOptions.attributes(mount));
        byte[] encoded = Op.strings(texts); // a zero byte would make two of one
        assertEquals(texts.size(), new String(encoded, java.nio.charset.StandardCharsets.UTF_8).chars().filter(c -> c == 0).count());
    }
}
