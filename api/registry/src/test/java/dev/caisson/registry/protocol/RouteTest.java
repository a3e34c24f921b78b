package dev.caisson.registry.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.registry.protocol.Route.Kind;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class RouteTest {
    /** Names made of the protocol's own words, too. */
    @Provide
    Arbitrary<String> names() {
        return Arbitraries.of("a", "blobs", "manifests", "tags", "list", "uploads", "referrers", "v2", "x-y", "token").list().ofMinSize(1).ofMaxSize(5)
                .map(parts -> parts.stream().collect(Collectors.joining("/")));
    }

    @Property
    void everyEndpointOfEveryName(@ForAll("names") String name) {
        assertEquals(new Route(Kind.TAGS, name, ""), Route.parse("/v2/" + name + "/tags/list"));
        assertEquals(new Route(Kind.UPLOADS, name, ""), Route.parse("/v2/" + name + "/blobs/uploads/"));
        assertEquals(new Route(Kind.UPLOADS, name, ""), Route.parse("/v2/" + name + "/blobs/uploads"));
        assertEquals(new Route(Kind.UPLOAD, name, "abc"), Route.parse("/v2/" + name + "/blobs/uploads/abc"));
        assertEquals(new Route(Kind.MANIFEST, name, "v1"), Route.parse("/v2/" + name + "/manifests/v1"));
        assertEquals(new Route(Kind.BLOB, name, "sha256:ab"), Route.parse("/v2/" + name + "/blobs/sha256%3Aab"));
        assertEquals(new Route(Kind.REFERRERS, name, "sha256:ab"), Route.parse("/v2/" + name + "/referrers/sha256:ab"));
    }

    @Property(tries = 20_000)
    void anythingIsARouteWithAProperNameOrRefused(@ForAll("paths") String path) {
        try {
            Route route = Route.parse(path);
            boolean none = route.kind() == Kind.BASE || route.kind() == Kind.CATALOG || route.kind() == Kind.TOKEN;
            assertTrue(none || Names.isRepository(route.repository()));
            assertTrue(route.reference().indexOf('/') < 0);
        } catch (Fault e) {
            assertTrue(e.status() == 400 || e.status() == 404);
        }
    }

    @Provide
    Arbitrary<String> paths() {
        return Arbitraries.of("/", "v2", "a", "..", ".", "blobs", "uploads", "manifests", "tags", "list", "%", "%2F", "%3A", "_", "referrers", "\\").list().ofMaxSize(12)
                .map(parts -> "/v2/" + String.join("", parts));
    }

    @Example
    void others() {
        assertEquals(Kind.BASE, Route.parse("/v2/").kind());
        assertEquals(Kind.BASE, Route.parse("/v2").kind());
        assertEquals(Kind.CATALOG, Route.parse("/v2/_catalog").kind());
        assertEquals(Kind.TOKEN, Route.parse("/token").kind());
        for (String path : new String[] {"/", "/v1/", "/v2/a", "/v2/a/", "/v2/manifests/x", "/v2//manifests/x", "/v2/a/manifests/", "/v2/a/tags/lists", "/v2/" + "a/".repeat(600)}) {
            assertThrows(Fault.class, () -> Route.parse(path), path);
        }
    }
}
