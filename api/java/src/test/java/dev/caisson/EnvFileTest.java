package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Docker's env and label files. */
class EnvFileTest {
    @Provide
    Arbitrary<Map<String, String>> variables() {
        Arbitrary<String> keys = Arbitraries.strings().alpha().numeric().withChars('_', '.').ofMinLength(1).ofMaxLength(9);
        Arbitrary<String> values = Arbitraries.strings().withCharRange(' ', '~').withChars('ä', '=', '#', '"', '\t').ofMaxLength(20);
        return Arbitraries.maps(keys, values).ofMaxSize(8);
    }

    @Property
    void whatIsWrittenIsRead(@ForAll("variables") Map<String, String> variables) throws EnvFile.Malformed {
        StringBuilder text = new StringBuilder("\ufeff# about\n\n");
        variables.forEach((k, v) -> text.append("  ").append(k).append('=').append(v).append("\r\n"));
        assertEquals(variables, EnvFile.parse(text.toString(), key -> null));
    }

    @Property
    void anyTextIsVariablesOrAnError(@ForAll String text) {
        Map<String, String> read;
        try {
            read = new LinkedHashMap<>(EnvFile.parse(text, key -> "own"));
        } catch (EnvFile.Malformed e) {
            assertTrue(String.valueOf(e.getMessage()).startsWith("line "), e::getMessage);
            return;
        }
        read.forEach((k, v) -> assertFalse(k.isEmpty() || k.indexOf('=') >= 0 || (k + v).indexOf('\0') >= 0 || v.indexOf('\n') >= 0));
    }

    @Test
    void aKeyAloneIsTheReaders() throws EnvFile.Malformed {
        assertEquals(Map.of("A", "own", "C", ""), EnvFile.parse("A\nB\nC=\n", key -> key.equals("A") ? "own" : null));
    }

    @Test
    void wrongLinesAndFilesAreSaid(@TempDir Path directory) throws Exception {
        assertTrue(String.valueOf(assertThrows(EnvFile.Malformed.class, () -> EnvFile.parse("A=1\nB C=2", k -> null)).getMessage()).contains("line 2"));
        assertThrows(EnvFile.Malformed.class, () -> EnvFile.parse("=1", k -> null));
        Path latin = Files.write(directory.resolve("latin"), new byte[] {'A', '=', (byte) 0xe4});
        for (Path wrong : new Path[] {latin, directory.resolve("missing"), directory}) {
            InvalidSpec e = assertThrows(InvalidSpec.class, () -> IdleEngine.image().envFile(wrong).labelFile(wrong).spec());
            assertEquals(2, e.problems().size(), e::getMessage);
        }
    }
}
