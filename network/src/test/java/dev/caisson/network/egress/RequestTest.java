package dev.caisson.network.egress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Requests as clients write them, and those that two readers understand differently. */
class RequestTest {
    private static Greeting read(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return Greeting.read(bytes, bytes.length);
    }

    private static Request request(String text) {
        return assertInstanceOf(Greeting.Http.class, read(text), text).request();
    }

    private static void bad(String text, String why) {
        String reason = assertInstanceOf(Greeting.Bad.class, read(text), text).reason();
        assertTrue(reason.contains(why), reason);
    }

    @Test
    void whatIsSentOn() {
        String text = "GET /x?y HTTP/1.1\r\nHost: Repo.example:8080\r\nConnection: keep-alive, X\r\nUpgrade: h2c\r\nX: 1\r\n\r\nrest";
        Request request = request(text);
        assertEquals("repo.example", request.name());
        assertEquals(text.length() - 4, request.length());
        assertEquals("GET /x?y HTTP/1.1\r\nHost: Repo.example:8080\r\nX: 1\r\nConnection: close\r\n\r\n", new String(request.head(), StandardCharsets.ISO_8859_1));
        assertEquals(0, request.body());
        assertEquals(Request.CHUNKED, request("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n").body());
        assertEquals(7, request("POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 7\r\n\r\n").body());
        assertTrue(new String(request("GET http://a.example?q HTTP/1.1\r\nHost: a.example\r\n\r\n").head(), StandardCharsets.ISO_8859_1).startsWith("GET /?q HTTP/1.1\r\n"));
        assertEquals(new Greeting.Connect("a.example", 443, 55), read("CONNECT A.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\nx"));
    }

    @Test
    void whatIsRefused() {
        bad("GET / HTTP/1.1\r\n\r\n", "no host");
        bad("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "two hosts");
        bad("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", "one host in the line");
        bad("GET http://a@b/ HTTP/1.1\r\nHost: b\r\n\r\n", "no path");
        bad("GET / HTTP/1.1\r\nHost : a\r\n\r\n", "malformed");
        bad("GET / HTTP/1.1\r\nX: 1\r\n Host: b\r\nHost: a\r\n\r\n", "malformed");
        bad("GET / HTTP/1.1\r\nX: 1\nHost: b\r\nHost: a\r\n\r\n", "malformed");
        bad("GET / HTTP/1.1\nHost: a\n\n", "neither");
        bad("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "malformed");
        bad("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", "two ways");
        bad("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", "two ways");
        bad("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\n", "two ways");
        bad("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n", "two ways");
        bad("GET / HTTP/1.1\r\nHost: 192.0.2.1 b\r\n\r\n", "no name");
        bad("CONNECT a.example HTTP/1.1\r\n\r\n", "no name and port");
        bad("CONNECT [::1]:443 HTTP/1.1\r\n\r\n", "no name and port");
        bad("HELO there friend\r\n", "neither");
        assertInstanceOf(Greeting.Unfinished.class, read("GET / HTTP/1.1\r\nHost: a"));
        assertInstanceOf(Greeting.Unfinished.class, read("GE"));
    }

    @Property
    void nothingThatArrivesDoesHarm(@ForAll @Size(max = 200) byte[] bytes, @ForAll String field) {
        assertNotNull(Greeting.read(bytes, bytes.length));
        Greeting greeting = read("GET / HTTP/1.1\r\nHost: " + field + "\r\n\r\n");
        if (greeting instanceof Greeting.Http http) {
            assertTrue(Greeting.NAME.matcher(http.request().name()).matches(), http.request().name());
        }
    }

    @Property
    void chunksEndWhereTheyEnd(@ForAll @Size(max = 6) List<@Size(min = 1, max = 40) byte[]> chunks, @ForAll @IntRange(min = 1, max = 50) int step, @ForAll @Size(max = 30) byte[] behind) throws IOException {
        StringBuilder text = new StringBuilder();
        for (byte[] each : chunks) {
            text.append(Integer.toHexString(each.length)).append(";x=1\r\n").append(new String(each, StandardCharsets.ISO_8859_1)).append("\r\n");
        }
        text.append("0\r\n\r\n");
        int expected = text.length();
        byte[] all = text.append(new String(behind, StandardCharsets.ISO_8859_1)).toString().getBytes(StandardCharsets.ISO_8859_1);
        Body body = new Body(Request.CHUNKED);
        int taken = 0;
        for (int at = 0; at < all.length && !body.over(); at += step) {
            taken += body.take(all, at, Math.min(step, all.length - at));
        }
        assertEquals(expected, taken);
        assertTrue(body.over());
    }

    @Property
    void malformedChunksAreRefusedAndNothingElseIsThrown(@ForAll @Size(max = 100) byte[] bytes) {
        try {
            Body body = new Body(Request.CHUNKED);
            int taken = body.take(bytes, 0, bytes.length);
            assertTrue(taken <= bytes.length && (taken == bytes.length || body.over()));
        } catch (IOException e) {
            assertTrue(e.getMessage().contains("malformed"));
        }
    }

    @Test
    void bodies() throws IOException {
        assertTrue(new Body(0).over());
        assertEquals(3, new Body(3).take("GET / HTTP".getBytes(StandardCharsets.US_ASCII), 0, 10));
        for (String wrong : List.of("\r\n", "x\r\n", "1\r\nab", "ffffffffffffffff\r\n", "1\n", "0\r\nTrailer: x\r\n\r\n", "-1\r\n")) {
            assertThrows(IOException.class, () -> new Body(Request.CHUNKED).take(wrong.getBytes(StandardCharsets.US_ASCII), 0, wrong.length()), wrong);
        }
    }
}
