package dev.caisson.core.security.identity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.InvalidSpec;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows 14, 15, 16 and 18 of the attack table. */
class UserSpecTest {
    private static final String PASSWD = "root:x:0:0:root:/root:/bin/sh\n# nobody:x:1:1::/:\nbroken\nbad:x:x:1::/:\n\nweb:x:33:44:w:/srv:/bin/sh\n"
            + "big:x:4294967294:7::relative:/bin/sh";
    private static final String GROUP = "root:x:0:\nweb:x:44:\nadm:x:4:web,root\nvideo:x:45:other,web\nodd:x:4294967296:web\n";

    private static Identity resolveIn(String passwd, String group, String spec, String... add) {
        return UserSpec.parse(spec).resolve(passwd.getBytes(StandardCharsets.UTF_8), group.getBytes(StandardCharsets.UTF_8), List.of(add));
    }

    private static Identity resolve(String spec, String... add) {
        return resolveIn(PASSWD, GROUP, spec, add);
    }

    @Test
    void namesAndNumbersTakeGroupHomeAndGroupsFromTheImage() {
        Identity web = new Identity(33, 44, new int[] {44, 4, 45}, "/srv", "web");
        assertEquals(web, resolve("web"));
        assertEquals(web, resolve("33"));
        assertEquals(web, resolve("0033"));
        assertEquals(new Identity(0, 0, new int[] {0, 4}, "/root", "root"), resolve(""));
        assertEquals(new Identity(33, 4, new int[] {4}, "/srv", "web"), resolve("web:adm"));
        assertEquals(new Identity(33, 9, new int[] {9, 45, 7}, "/srv", "web"), resolve("web:9", "video", "7", "9"));
        assertEquals(new Identity(1000, 0, new int[] {0}, "/", ""), resolve("1000"));
        assertEquals(new Identity(-2, 7, new int[] {7}, "/", "big"), resolve("4294967294"));
        assertEquals(new Identity(Integer.MIN_VALUE, 0, new int[] {0}, "/", ""), resolveIn("", "", "2147483648:0"));
    }

    @Test
    void supplementaryGroupsAlwaysHoldTheFirst() {
        assertArrayEquals(new int[] {12}, resolveIn("", "", "7:12").supplementary());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "4294967295", "4294967296", "18446744073709551616", "1e3", "0x0", " 0", "0 ", "٠", "1000:", ":0", "a:b:c", "+0",
        "0\n", "0\0", "root ", ":", "::", "0:-1", "0:4294967295", "web:1x", "٣٣", "１", "-", ".", "no/body", "root\u00a0"})
    void nothingElseIsAUserThoughTheImageMapsItToRoot(String spec) {
        String passwd = spec.split(":", -1)[0] + ":x:0:0::/:\n" + spec + ":x:0:0::/:\n" + PASSWD;
        InvalidSpec problem = assertThrows(InvalidSpec.class, () -> resolveIn(passwd, spec + ":x:0:\n", spec));
        assertTrue(problem.getMessage().contains("user(\"" + spec), problem.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"nosuch,has no user 'nosuch'", "bad,has no user 'bad'", "nobody,has no user 'nobody'", "web:nosuch,has no group 'nosuch'", "web:odd,has no group 'odd'"})
    void whatIsNotThereIsNamed(String spec, String message) {
        assertTrue(assertThrows(InvalidSpec.class, () -> resolve(spec)).getMessage().contains(message));
    }

    @Test
    void filesAndLinesBeyondReasonAreErrors() {
        byte[] line = new byte[AccountFile.MAX_LINE + 1];
        Arrays.fill(line, (byte) 'a');
        byte[] file = new byte[AccountFile.MAX_BYTES + 1];
        Arrays.fill(file, (byte) '\n');
        for (byte[] hostile : List.of(line, file)) {
            assertThrows(InvalidSpec.class, () -> UserSpec.parse("web").resolve(hostile, new byte[0], List.of()));
            assertThrows(InvalidSpec.class, () -> UserSpec.parse("0").resolve(new byte[0], hostile, List.of()));
        }
        byte[] most = Arrays.copyOf(file, AccountFile.MAX_BYTES);
        assertEquals(0, UserSpec.parse("0").resolve(most, most, List.of()).uid());
    }

    @Property(tries = 2000)
    void garbageNeverSurprises(@ForAll String spec, @ForAll byte[] passwd, @ForAll byte[] group) {
        try {
            Identity identity = UserSpec.parse(spec).resolve(passwd, group, List.of());
            assertEquals(identity.gid(), identity.supplementary()[0]);
        } catch (InvalidSpec e) {
            assertTrue(e.getMessage().contains("user"));
        }
    }

    /** Digits mean their value, whatever the image says. */
    @Property(tries = 1000)
    void numbersAreNumbers(@ForAll int id) {
        String digits = Integer.toUnsignedString(id);
        if (id != -1) {
            assertEquals(id, resolveIn(digits + ":x:0:0::/:\n", "", digits).uid());
        }
    }

    /** Files of strangers, line by line of what could be taken for something else. */
    @Provide
    Arbitrary<String> accounts() {
        Arbitrary<String> field = Arbitraries.of("root", "app", "0", "00", "1", "-1", "7", "4294967294", "4294967295", "4294967296", "18446744073709551616", "", " 0", "0 ", "+0", "0x0", "#", "*", "x",
                "\u0660", "\r", "\0", "app\r", "/", "/root", "a,app", "app,", ",");
        Arbitrary<String> line = field.list().ofMinSize(2).ofMaxSize(8).map(fields -> String.join(":", fields));
        Arbitrary<String> account = Combinators.combine(field, field, field, field).as((name, uid, gid, last) -> name + ":x:" + uid + ":" + gid + "::" + last + ":/bin/sh");
        return Arbitraries.oneOf(line, account, account).list().ofMaxSize(6).map(lines -> String.join("\n", lines));
    }

    /** Whatever the files say: a name becomes a number that a line of that name has, and root's only from a line that says so. */
    @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE)
    void aNameIsWhatAWholeLineOfItSays(@ForAll("accounts") String passwd, @ForAll("accounts") String group) {
        Identity identity;
        try {
            identity = resolveIn(passwd, group, "app");
        } catch (InvalidSpec refused) {
            assertTrue(passwd.lines().noneMatch(l -> l.matches("app:[^:]*:[0-7]:[0-7]:[^:]*:[^:]*:[^:]*")), passwd);
            return;
        }
        String[] line = Arrays.stream(passwd.split("\n")).map(l -> l.split(":", -1))
                .filter(f -> f.length >= 7 && f[0].equals("app") && f[2].matches("[0-9]{1,10}") && f[3].matches("[0-9]{1,10}") && Long.parseLong(f[2]) < 0xffffffffL && Long.parseLong(f[3]) < 0xffffffffL)
                .findFirst().orElseThrow();
        assertEquals(Long.parseLong(line[2]), Integer.toUnsignedLong(identity.uid()));
        assertEquals(Long.parseLong(line[3]), Integer.toUnsignedLong(identity.gid()));
        assertEquals(identity.gid(), identity.supplementary()[0]);
        for (int more : Arrays.copyOfRange(identity.supplementary(), 1, identity.supplementary().length)) {
            assertTrue(Arrays.stream(group.split("\n")).map(l -> l.split(":", -1)).anyMatch(f -> f.length >= 4 && f[2].matches("[0-9]{1,10}")
                    && Long.parseLong(f[2]) == Integer.toUnsignedLong(more) && List.of(f[3].strip().split(",")).contains("app")), group);
        }
    }
}
