package dev.caisson.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PathBytesTest {
    @Property
    void anyNameComesBack(@ForAll @Size(max = 40) byte[] name) {
        byte[] withoutNul = name.clone();
        for (int i = 0; i < name.length; i++) {
            withoutNul[i] = name[i] == 0 ? 1 : name[i];
        }
        assertArrayEquals(withoutNul, PathBytes.encode(PathBytes.decode(withoutNul)));
    }

    @Test
    void noSurrogateSmugglesASlash() {
        assertThrows(IllegalArgumentException.class, () -> PathBytes.encode("a\uDC2Fb"));
        assertThrows(IllegalArgumentException.class, () -> PathBytes.encode("a\uDC00"));
        assertThrows(IllegalArgumentException.class, () -> PathBytes.encode("a\uD800"));
        assertThrows(IllegalArgumentException.class, () -> PathBytes.encode("a\0b"));
        assertArrayEquals(new byte[] {'a', (byte) 0xe9}, PathBytes.encode("a\uDCE9"));
        assertArrayEquals("\uD83D\uDE00".getBytes(StandardCharsets.UTF_8), PathBytes.encode("\uD83D\uDE00"));
    }

    @Test
    void namesReachTheKernelAsBytes(@TempDir Path temp) {
        String latin1 = "caf" + PathBytes.decode(new byte[] {(byte) 0xe9});
        try (Fd dir = FileCalls.open(temp, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0)) {
            FileCalls.symlinkat("ziel-ü-" + latin1, dir, latin1);
            assertEquals("ziel-ü-" + latin1, FileCalls.readlinkat(dir, latin1));
            assertEquals(latin1, Directory.list(dir).get(0).name());
            FileCalls.unlinkat(dir, latin1, 0);
        }
    }
}
