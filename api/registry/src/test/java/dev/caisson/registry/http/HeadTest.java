package dev.caisson.registry.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

class HeadTest {
    private static InputStream in(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static Head head(String text) throws IOException {
        return Head.read(in(text)).orElseThrow();
    }

    @Property
    void whatIsWrittenIsRead(@ForAll @Size(max = 20) Map<@AlphaChars @StringLength(min = 1, max = 10) String, @AlphaChars @StringLength(max = 20) String> headers) throws IOException {
        StringBuilder text = new StringBuilder("PUT /v2/a?b=c HTTP/1.1\r\nHost: h:1\r\n");
        headers.forEach((name, value) -> text.append("X-").append(name).append(":\t ").append(value).append(" \r\n"));
        InputStream in = in(text + "\r\nrest");
        Head head = Head.read(in).orElseThrow();
        assertEquals("PUT /v2/a?b=c 0 true", head.method() + " " + head.target() + " " + head.length() + " " + head.keep());
        headers.forEach((name, value) -> assertTrue(head.all("x-" + name).contains(value)));
        assertEquals("rest", new String(in.readAllBytes(), StandardCharsets.ISO_8859_1), "and nothing beyond it");
    }

    @Provide
    Arbitrary<String> nearlyHeads() {
        return Arbitraries.of("GET", "PUT", " ", "/v2/", "HTTP/1.1", "HTTP/1.0", "\r\n", "\n", "\r", "Host", ":", "x", "Content-Length", "5", "Transfer-Encoding", "chunked", "\0", "\u00e4", "\t", "-")
                .list().ofMaxSize(30).map(parts -> String.join("", parts));
    }

    @Property(tries = 20_000)
    void anythingIsARequestOrRefused(@ForAll("nearlyHeads") String text) throws IOException {
        for (String whole : new String[] {text, "GET / HTTP/1.1\r\nHost: x\r\n" + text}) {
            try {
                Optional<Head> head = Head.read(in(whole));
                assertEquals(whole.isEmpty(), head.isEmpty());
                head.ifPresent(h -> assertTrue(h.length() >= -1 && h.target().startsWith("/") && whole.contains("\r\n\r\n")));
            } catch (BadRequest e) {
                assertTrue(e.status() >= 400);
            }
        }
    }

    @Example
    void framing() throws IOException {
        String start = "PUT / HTTP/1.1\r\nHost: x\r\n";
        assertEquals(7, head(start + "Content-Length: 7\r\n\r\n").length());
        assertEquals(-1, head(start + "Transfer-Encoding: CHUNKED\r\n\r\n").length());
        for (String bad : List.of("Content-Length: 7\r\ncontent-length: 7\r\n", "Content-Length: 7, 7\r\n", "Content-Length: +7\r\n", "Content-Length: 0x7\r\n", "Content-Length:\r\n",
                "Content-Length: 9999999999999999999\r\n", "Content-Length: 7\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                "Transfer-Encoding: identity\r\n", "Transfer-Encoding: chunked, chunked\r\n", "Transfer-Encoding:\r\n", "Transfer-Encoding : chunked\r\n", "A: b\r\n c: d\r\n", "A: b\rc\r\n", "A\r\n")) {
            assertThrows(BadRequest.class, () -> head(start + bad + "\r\n"), bad);
        }
        assertThrows(BadRequest.class, () -> head("PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"));
        assertEquals(false, head("GET / HTTP/1.0\r\n\r\n").keep());
        assertEquals(false, head("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, Close\r\n\r\n").keep());
    }
}
