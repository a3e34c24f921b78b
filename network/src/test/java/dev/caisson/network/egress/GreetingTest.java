package dev.caisson.network.egress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** TLS greetings as clients write them, and as an attacker does. */
class GreetingTest {
    private static final byte[] NO_EXTENSION = {};

    /** An extension of type 0 with names. */
    static byte[] names(String... names) {
        ByteArrayOutputStream list = new ByteArrayOutputStream();
        for (String each : names) {
            byte[] text = each.getBytes(StandardCharsets.ISO_8859_1);
            list.writeBytes(ByteBuffer.allocate(3).put((byte) 0).putShort((short) text.length).array());
            list.writeBytes(text);
        }
        return extension(0, ByteBuffer.allocate(2 + list.size()).putShort((short) list.size()).put(list.toByteArray()).array());
    }

    static byte[] extension(int type, byte[] body) {
        return ByteBuffer.allocate(4 + body.length).putShort((short) type).putShort((short) body.length).put(body).array();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] each : parts) {
            all.writeBytes(each);
        }
        return all.toByteArray();
    }

    /** The message, without records. */
    static byte[] hello(byte[]... extensions) {
        byte[] all = join(extensions);
        byte[] fixed = ByteBuffer.allocate(2 + 32 + 1 + 4 + 2).putShort((short) 0x303).position(34).put((byte) 0).putShort((short) 2).putShort((short) 0x1301).put((byte) 1).put((byte) 0).array();
        byte[] body = join(fixed, ByteBuffer.allocate(2).putShort((short) all.length).array(), all);
        return join(new byte[] {1, (byte) (body.length >>> 16), (byte) (body.length >>> 8), (byte) body.length}, body);
    }

    /** In records of so many bytes. */
    static byte[] records(byte[] message, int size) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int at = 0; at < message.length; at += size) {
            int length = Math.min(size, message.length - at);
            all.writeBytes(ByteBuffer.allocate(5).put((byte) 22).putShort((short) 0x301).putShort((short) length).array());
            all.write(message, at, length);
        }
        return all.toByteArray();
    }

    private static Greeting read(byte[] bytes) {
        return Greeting.read(bytes, bytes.length);
    }

    private static String why(byte[] bytes) {
        return assertInstanceOf(Greeting.Bad.class, read(bytes)).reason();
    }

    @Provide
    Arbitrary<String> hosts() {
        return Arbitraries.strings().withCharRange('a', 'z').numeric().withChars('-', '_').ofMinLength(1).ofMaxLength(20).list().ofMinSize(1).ofMaxSize(6).map(l -> String.join(".", l));
    }

    @Property
    void theNameIsReadHoweverItComes(@ForAll("hosts") String name, @ForAll @IntRange(min = 1, max = 400) int record, @ForAll @IntRange(max = 2000) int padding) {
        byte[] bytes = records(hello(extension(21, new byte[padding]), names(name), extension(43, new byte[] {2, 3, 4})), record);
        Greeting whole = read(bytes);
        if (bytes.length <= Greeting.MOST) {
            assertEquals(new Greeting.Tls(name), whole);
        }
        for (int length : new int[] {0, 1, 4, 5, 6, bytes.length / 2, bytes.length - 1}) {
            if (length < bytes.length) {
                assertInstanceOf(Greeting.Unfinished.class, Greeting.read(bytes, length), length + " of " + bytes.length);
            }
        }
    }

    @Property
    void nothingThatArrivesDoesHarm(@ForAll @Size(max = 300) byte[] bytes) {
        assertNotNull(read(bytes));
        byte[] tls = bytes.clone();
        if (tls.length > 6) {
            tls[0] = 22;
            tls[1] = 3;
            tls[3] = 0;
            tls[4] = (byte) (tls.length - 5);
            tls[5] = 1;
            assertNotNull(read(tls));
        }
        byte[] flipped = records(hello(names("a.example")), 4000);
        for (int i = 0; i < bytes.length && i < flipped.length; i++) {
            flipped[i] ^= (byte) (bytes[i] & 17);
        }
        if (read(flipped) instanceof Greeting.Tls tls2) {
            assertTrue(Greeting.NAME.matcher(tls2.name()).matches(), tls2.name());
        }
    }

    /** As the JDK's own client writes it. */
    @Test
    void theJdksClient() throws GeneralSecurityException, SSLException {
        SSLEngine engine = SSLContext.getDefault().createSSLEngine("repo.example.org", 443);
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName("Repo.Example.org")));
        engine.setSSLParameters(parameters);
        ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), out);
        assertEquals(new Greeting.Tls("repo.example.org"), read(Arrays.copyOf(out.array(), out.position())));
    }

    @Test
    void whatCouldBeReadInTwoWays() {
        assertTrue(why(records(hello(names("a.example"), names("b.example")), 4000)).contains("two names"));
        assertTrue(why(records(hello(names("a.example", "b.example")), 4000)).contains("more than one"));
        assertTrue(why(records(hello(extension(0, new byte[] {0, 4, 1, 0, 1, 'a'})), 4000)).contains("more than one name, or none"), "of another kind");
        assertTrue(why(records(hello(NO_EXTENSION), 4000)).contains("no name"));
        assertTrue(why(records(hello(names("a.example\0.b.example")), 4000)).contains("is none"));
        assertTrue(why(records(hello(names("a.example b=c")), 4000)).contains("is none"));
        assertEquals(new Greeting.Tls("a.example"), read(records(hello(names("A.Example.")), 4000)));
        byte[] changed = join(records(Arrays.copyOf(hello(names("a.example")), 10), 4000), new byte[] {23, 3, 1, 0, 1, 0});
        assertTrue(why(changed).contains("malformed"), "another kind of record in between");
        assertTrue(why(new byte[] {22, 3, 1, 0, 4, 1, 0, 0x7f, (byte) 0xff}).contains("not the beginning"), "longer than is read");
        assertTrue(why(new byte[] {(byte) 0x80, 0x2e, 1}).contains("neither"), "SSL 2");
        assertTrue(why("SSH-2.0-x\r\n".getBytes(StandardCharsets.US_ASCII)).contains("neither"));
    }
}
