package dev.caisson.registry.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class BodyTest {
    private static byte[] chunks(List<byte[]> parts, String extension) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            if (part.length > 0) {
                out.write((Integer.toHexString(part.length) + extension + "\r\n").getBytes(StandardCharsets.US_ASCII));
                out.write(part);
                out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
            }
        }
        out.write("0\r\nT: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        return out.toByteArray();
    }

    private static byte[] joined(List<byte[]> parts) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.write(part);
        }
        return out.toByteArray();
    }

    private static Body body(byte[] wire, long length) {
        return new Body(new ByteArrayInputStream(wire), length, () -> { });
    }

    @Property
    void chunksAreJoined(@ForAll @Size(max = 8) List<@Size(max = 300) byte[]> parts) throws IOException {
        assertArrayEquals(joined(parts), body(chunks(parts, ";a=\"b\""), -1).readAllBytes());
        byte[] whole = joined(parts);
        assertArrayEquals(whole, body(Arrays.copyOf(whole, whole.length + 10), whole.length).readAllBytes());
    }

    @Property
    void whatEndsEarlyIsNoBody(@ForAll @Size(min = 1, max = 4) List<@Size(min = 1, max = 30) byte[]> parts, @ForAll @IntRange(min = 0, max = 10_000) int cut) throws IOException {
        byte[] wire = chunks(parts, "");
        byte[] some = Arrays.copyOf(wire, cut % wire.length);
        assertThrows(IOException.class, () -> body(some, -1).readAllBytes());
        byte[] whole = joined(parts);
        assertThrows(ClientGone.class, () -> body(Arrays.copyOf(whole, cut % whole.length), whole.length).readAllBytes());
    }

    @Example
    void chunksThatAreNone() {
        for (String bad : List.of("\r\n", "g\r\n", "-1\r\nx\r\n", "1\r\nxy\r\n", "1\r\nxyz0\r\n\r\n", "1\nx\r\n", "1 \r\nx\r\n0\r\n\r\n", "0x1\r\nx\r\n", "1234567890abcdef\r\n", "1;" + "x".repeat(300) + "\r\n", "\u0661\r\nx\r\n0\r\n\r\n",
                "0\r\n" + "T: x\r\n".repeat(2000) + "\r\n")) {
            assertThrows(IOException.class, () -> body(bad.getBytes(StandardCharsets.UTF_8), -1).readAllBytes(), bad);
        }
    }

    @Example
    void theClientIsAskedOnceAndOnlyForABody() throws IOException {
        int[] asked = {0};
        Body some = new Body(new ByteArrayInputStream(new byte[3]), 3, () -> asked[0]++);
        some.readAllBytes();
        new Body(new ByteArrayInputStream(new byte[3]), 0, () -> asked[0]++).readAllBytes();
        assertEquals(1, asked[0]);
    }
}
