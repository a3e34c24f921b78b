package dev.caisson.core.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageProblem;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Arrays;
import java.util.Collections;
import java.util.Enumeration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** security.md rows 78 and 79: what is too much, and what two readers would take differently. */
class TarLimitsTest {
    private static final byte[] FILE = Tars.of(t -> t.put(TarEntry.file("file", 3, 0644), Tars.ascii("abc")));
    private static final byte[] TWO = Tars.of(t -> {
        Tars.file(t, "a", "x".repeat(1024));
        Tars.file(t, "b", "y");
    });

    private static String refused(byte[] archive) {
        return assertThrows(ImageProblem.class, () -> Tars.list(archive)).getMessage();
    }

    private static byte[] typed(byte[] archive, char type) {
        return Tars.patched(archive, 0, TarHeader.TYPEFLAG, new byte[] {(byte) type});
    }

    /** An extended header of that type before a file. */
    private static byte[] extended(char type, byte[] data) {
        byte[] header = typed(Tars.patched(FILE, 0, TarHeader.SIZE, Tars.ascii(String.format("%011o\0", data.length))), type);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(header, 0, 512);
        out.writeBytes(data);
        out.writeBytes(new byte[-data.length & 511]);
        out.writeBytes(FILE);
        return out.toByteArray();
    }

    private static byte[] pax(String key, String value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PaxRecords.write(out, key, value.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
        return out.toByteArray();
    }

    @Test
    void tenMillionEntries() {
        byte[] header = Arrays.copyOf(Tars.of(t -> Tars.dir(t, "d")), 512);
        byte[] file = Arrays.copyOf(Tars.of(t -> Tars.file(t, "f", "")), 512);
        assertTrue(endless(header).contains("more than 500000 directories"));
        assertTrue(endless(file).contains("more than 2000000 entries"));
    }

    private static String endless(byte[] header) {
        int[] left = {10_000_000};
        InputStream in = new SequenceInputStream(new Enumeration<>() {
            @Override
            public boolean hasMoreElements() {
                return left[0] > 0;
            }

            @Override
            public InputStream nextElement() {
                left[0] -= 100;
                return new ByteArrayInputStream(repeated(header));
            }
        });
        TarReader reader = new TarReader(Pieces.of(in), LayerLimits.DEFAULT, new Fault("the test archive"));
        return assertThrows(ImageProblem.class, () -> {
            while (reader.next() != null) {
                continue;
            }
        }).getMessage();
    }

    private static byte[] repeated(byte[] header) {
        byte[] many = new byte[100 * header.length];
        for (int i = 0; i < 100; i++) {
            System.arraycopy(header, 0, many, i * header.length, header.length);
        }
        return many;
    }

    @Test
    void giantExtendedHeaders() {
        // Claimed sizes are refused before anything is allocated or read.
        for (char type : new char[] {'x', 'g', 'L', 'K'}) {
            byte[] claim = typed(Tars.patched(FILE, 0, TarHeader.SIZE, Tars.ascii("10000000000\0")), type);
            assertTrue(refused(claim).contains("1073741824 bytes"), String.valueOf(type));
        }
        byte[] name = new byte[64 << 10];
        Arrays.fill(name, (byte) 'n');
        assertTrue(refused(extended('L', name)).contains("more than 4095"));
        assertTrue(refused(extended('x', pax("path", "n".repeat(5000)))).contains("more than 4095"));
        assertTrue(refused(Tars.of(t -> t.put(TarEntry.file("f", 0, 0).xattrs(Map.of("user.x", new byte[300 << 10]))))).contains("extended attributes"));
    }

    @Test
    void sparseMapsAreBounded() {
        String many = String.join(",", Collections.nCopies(70_000, "0,0"));
        assertTrue(refused(extended('x', concat(pax("GNU.sparse.size", "3"), pax("GNU.sparse.map", many)))).contains("more than 65536 extents"));
        for (String map : new String[] {"0,4", "5,3,0,0", "0,1", "-1,3", "0,9223372036854775807,9223372036854775807,1", "0", "a,b", ""}) {
            refused(extended('x', concat(pax("GNU.sparse.size", "3"), pax("GNU.sparse.map", map))));
        }
        assertEquals(100, Tars.list(extended('x', concat(pax("GNU.sparse.size", "100"), pax("GNU.sparse.map", "10,3")))).get(0).size());
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    @Test
    void deepPaths() {
        String deep = "d/".repeat(1500) + "f";
        Fault fault = new Fault("the test archive");
        assertTrue(assertThrows(ImageProblem.class, () -> EntryName.clean(deep, LayerLimits.DEFAULT, fault)).getMessage().contains("components"));
        assertThrows(ImageProblem.class, () -> EntryName.clean("n".repeat(256), LayerLimits.DEFAULT, fault));
    }

    @Test
    void sizesThatDisagree() {
        assertTrue(refused(extended('x', pax("size", "512"))).contains("pax header says 512"));
        refused(extended('x', pax("size", "-1")));
        refused(extended('x', pax("size", "99999999999999999999")));
        for (char headerOnly : new char[] {'1', '2', '3', '4', '5', '6'}) {
            assertTrue(refused(Tars.patched(typed(TWO, headerOnly), 0, TarHeader.LINKNAME, Tars.ascii("t"))).contains("of 1024 bytes"), String.valueOf(headerOnly));
        }
        refused(Tars.patched(FILE, 0, TarHeader.SIZE, new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}));
    }

    @Test
    void hiddenCargo() {
        byte[] padding = FILE.clone();
        padding[512 + 100] = 1;
        assertTrue(refused(padding).contains("padding"));
        byte[] trailing = Arrays.copyOf(FILE, FILE.length + 512);
        System.arraycopy(FILE, 0, trailing, FILE.length, 512);
        assertTrue(refused(trailing).contains("follow the end"));
        byte[] checksum = FILE.clone();
        checksum[0]++;
        assertTrue(refused(checksum).contains("checksum"));
    }

    @Test
    void namesThatDisagree() {
        assertTrue(refused(extended('x', pax("path", "a\0b"))).contains("NUL"));
        refused(extended('x', pax("linkpath", "a\0b")));
        refused(extended('L', Tars.ascii("a\0b\0")));
        refused(extended('x', concat(pax("path", "a"), pax("path", "b"))));
        refused(extended('g', pax("path", "everything")));
        refused(extended('g', pax("size", "1")));
        refused(extended('g', pax("SCHILY.xattr.user.x", "1")));
        assertTrue(refused(Tars.patched(FILE, 0, 0, Tars.ascii("file/"))).contains("slash"));
        refused(Tars.patched(FILE, 0, 0, new byte[100]));
    }

    @ParameterizedTest
    @ValueSource(strings = {"5 a=", "0 a=b\n", "-6 a=b\n", "6 a=b", "99 a=b\n", "7 a=b\nx", "06 =b\n", "6 ab\n\n", "6  a=b", "\u0661 a=b\n"})
    void malformedPaxRecords(String records) {
        refused(extended('x', records.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(chars = {'D', 'M', 'V', 'N', 'X', 'A', 'Z', '8', '\u0001'})
    void unknownTypes(char type) {
        assertTrue(refused(typed(FILE, type)).contains("not known"));
    }

    @Test
    void ids() {
        assertTrue(refused(Tars.patched(FILE, 0, TarHeader.UID, new byte[] {(byte) 0x80, 0, 0, 0, -1, -1, -1, -1})).contains("uid 4294967295"));
        refused(Tars.patched(FILE, 0, TarHeader.GID, new byte[] {-1, -1, -1, -1, -1, -1, -1, -2}));
        refused(extended('x', pax("uid", "4294967296")));
        refused(Tars.patched(FILE, 0, TarHeader.UID, Tars.ascii("0000 8\0\0")));
    }

    @Test
    void archivesThatEndEarly() {
        for (int length = 1; length < TWO.length - 1024; length++) {
            byte[] part = Arrays.copyOf(TWO, length);
            if (length % 512 != 0 || length == 512 || length == 1024 || length == 2048) {
                assertThrows(ImageProblem.class, () -> Tars.list(part), "cut at " + length);
            }
        }
        refused(Arrays.copyOf(extended('x', pax("path", "x")), 1024));
        assertEquals(0, Tars.list(new byte[0]).size());
        assertEquals(0, Tars.list(new byte[512]).size());
    }
}
