package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProxiesTest {
    private static final Map<String, String> ENVIRONMENT = Map.of("HTTPS_PROXY", "http://proxy.example.org:3128", "http_proxy", "plain.example.org", "NO_PROXY", "example.com, .internal,10.0.0.1,*.wild.test:443");

    /** As Go reads them for docker: networks, and a port that must be the same. */
    private static final Map<String, String> NETWORKS = Map.of("HTTPS_PROXY", "http://p:1", "NO_PROXY", "10.0.0.0/8,192.168.7.0/24,fd00::/16,fe80::1,registry.test:5000,10.0.0.0/99,x/8,/");

    private static String of(Map<String, String> environment, String uri) {
        Proxy proxy = new Proxies(environment).select(URI.create(uri)).get(0);
        return proxy.type() == Proxy.Type.DIRECT ? "" : ((InetSocketAddress) proxy.address()).getHostString() + ":" + ((InetSocketAddress) proxy.address()).getPort();
    }

    @Test
    void whichOne() {
        assertEquals("proxy.example.org:3128", of(ENVIRONMENT, "https://registry.example.org/v2/"));
        assertEquals("plain.example.org:80", of(ENVIRONMENT, "http://registry.example.org/v2/"));
        for (String direct : List.of("example.com", "a.example.com", "x.internal", "10.0.0.1", "a.wild.test", "localhost", "127.0.0.1:5000", "[::1]:5000", "EXAMPLE.COM")) {
            assertEquals("", of(ENVIRONMENT, "https://" + direct + "/v2/"), direct);
        }
        for (String proxied : List.of("notexample.com", "example.com.evil.test", "110.0.0.1")) {
            assertEquals("proxy.example.org:3128", of(ENVIRONMENT, "https://" + proxied + "/v2/"), proxied);
        }
        for (String direct : List.of("10.1.2.3:5000", "192.168.7.200", "[fd00:1::5]:5000", "[fe80::1]", "registry.test:5000")) {
            assertEquals("", of(NETWORKS, "https://" + direct + "/v2/"), direct);
        }
        for (String proxied : List.of("11.1.2.3", "192.168.8.1", "[fc00::1]", "[fe80::2]", "10.example.org", "registry.test", "registry.test:5001")) {
            assertEquals("p:1", of(NETWORKS, "https://" + proxied + "/v2/"), proxied);
        }
        assertEquals("", of(Map.of(), "https://a.test/"));
        assertEquals("", of(Map.of("HTTPS_PROXY", "http://p:1", "NO_PROXY", "*"), "https://a.test/"));
        assertEquals("p:443", of(Map.of("https_proxy", "https://p", "HTTPS_PROXY", "http://q"), "https://a.test/"));
    }
}
