package dev.caisson.core.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageProblem;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** security.md rows 77 and 80: one document, one meaning. */
class ManifestParserTest {
    private static final String D = "\"digest\":\"sha256:" + "a".repeat(64) + "\",\"size\":3";
    private static final String CONFIG = "\"config\":{\"mediaType\":\"" + MediaTypes.OCI_CONFIG + "\"," + D + "}";
    private static final String LAYERS = "\"layers\":[{\"mediaType\":\"" + MediaTypes.OCI_LAYER + "+gzip\"," + D + "}]";
    private static final String MANIFESTS = "\"manifests\":[{\"mediaType\":\"" + MediaTypes.OCI_MANIFEST + "\"," + D
            + ",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}}]";

    private static ImageDocument parse(String json, String type) {
        return ManifestParser.parse(json.getBytes(StandardCharsets.UTF_8), type, "the test document");
    }

    private static String refused(String json, String type) {
        return assertThrows(ImageProblem.class, () -> parse(json, type), json).getMessage();
    }

    @Test
    void manifestsAndIndexes() {
        var manifest = assertInstanceOf(ImageDocument.Manifest.class, parse("{\"schemaVersion\":2," + CONFIG + "," + LAYERS + ",\"unknown\":[1]}", ""));
        assertEquals(3, manifest.layerBytes());
        assertEquals(MediaTypes.OCI_MANIFEST, manifest.mediaType());
        var index = assertInstanceOf(ImageDocument.Index.class, parse("{\"schemaVersion\":2," + MANIFESTS + "}", MediaTypes.OCI_INDEX));
        assertEquals("linux/amd64", String.valueOf(index.manifests().get(0).platform()));
    }

    @Test
    void ambiguousDocuments() {
        String v2 = "{\"schemaVersion\":2,";
        assertTrue(refused(v2 + CONFIG + "," + LAYERS + "," + MANIFESTS + "}", "").contains("at once"));
        refused(v2 + CONFIG + "," + MANIFESTS + "}", MediaTypes.OCI_INDEX);
        refused(v2 + LAYERS + "," + MANIFESTS + "}", MediaTypes.OCI_INDEX);
        refused(v2 + "\"fsLayers\":[]," + MANIFESTS + "}", MediaTypes.OCI_INDEX);
        refused(v2 + "\"fsLayers\":[]," + CONFIG + "," + LAYERS + "}", MediaTypes.OCI_MANIFEST);
        assertTrue(refused(v2 + "\"mediaType\":\"" + MediaTypes.OCI_INDEX + "\"," + CONFIG + "," + LAYERS + "}", MediaTypes.OCI_MANIFEST).contains("descriptor says"));
        refused(v2 + "\"mediaType\":\"" + MediaTypes.OCI_INDEX + "\"," + CONFIG + "," + LAYERS + "}", "");
        refused(v2 + CONFIG + "," + LAYERS + "}", MediaTypes.OCI_INDEX);
        refused(v2 + MANIFESTS + "}", MediaTypes.OCI_MANIFEST);
        assertTrue(refused(v2 + "\"schemaVersion\":2," + CONFIG + "," + LAYERS + "}", "").contains("Duplicate"));
        refused(v2 + CONFIG + "," + CONFIG + "," + LAYERS + "}", "");
        refused(v2 + CONFIG + "," + LAYERS + "}{}", "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "1", "{}", "{\"schemaVersion\":1}", "{\"schemaVersion\":\"2\"}", "{\"schemaVersion\":2,\"config\":null,\"layers\":[]}",
            "{\"schemaVersion\":2,\"config\":[],\"layers\":{}}", "{\"schemaVersion\":2,\"manifests\":{}}", "{\"schemaVersion\":2,\"manifests\":[1]}",
            "{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"sha256:../../x\"}]}", "{\"schemaVersion\":2.0,\"manifests\":[]}"})
    void malformed(String json) {
        refused(json, "");
    }

    @Test
    void thingsThatAreNoTarLayersOrNoImages() {
        String v2 = "{\"schemaVersion\":2,";
        for (String layer : List.of("application/vnd.erofs.layer.v1", "application/vnd.oci.image.layer.v1.squashfs", "text/plain", "")) {
            assertTrue(refused(v2 + CONFIG + "," + LAYERS.replace(MediaTypes.OCI_LAYER + "+gzip", layer) + "}", "").contains("no tar"), "row 49");
        }
        assertTrue(refused(v2 + CONFIG.replace(MediaTypes.OCI_CONFIG, "application/vnd.cncf.helm.config.v1+json") + "," + LAYERS + "}", "").contains("no container image"));
        refused(v2 + CONFIG + "," + LAYERS.replace("3}", "-3}") + "}", "");
        refused(v2 + CONFIG + "," + LAYERS.replace("3}", "1e3}") + "}", "");
        refused(v2 + CONFIG + "," + LAYERS.replace("3}", "99999999999999999999}") + "}", "");
        refused("{\"a\":" + "[".repeat(1000) + "]".repeat(1000) + "}", "");
        assertThrows(ImageProblem.class, () -> ManifestParser.parse(new byte[ManifestParser.LIMIT + 1], "", "x"));
    }

    @Test
    void platforms() {
        Platform host = new Platform("linux", "arm64", "");
        assertTrue(host.runs(new Platform("linux", "arm64", "v8")));
        Descriptor amd = new Descriptor(MediaTypes.OCI_MANIFEST, dev.caisson.core.content.Digest.of(new byte[0]), 0, java.util.Map.of(), new Platform("linux", "amd64", ""));
        Descriptor attestation = new Descriptor(MediaTypes.OCI_MANIFEST, amd.digest(), 0, java.util.Map.of(), new Platform("unknown", "unknown", ""));
        Descriptor windows = new Descriptor(MediaTypes.OCI_MANIFEST, amd.digest(), 0, java.util.Map.of(), new Platform("windows", "arm64", ""));
        ImageProblem none = assertThrows(ImageProblem.class, () -> PlatformChoice.of(List.of(amd, windows, attestation), host, "the index"));
        assertTrue(none.getMessage().contains("no image for linux/arm64; it has linux/amd64, windows/arm64"), none.getMessage());
        assertEquals(amd, PlatformChoice.of(List.of(attestation, amd), new Platform("linux", "amd64", ""), "the index"));
        Descriptor newer = new Descriptor(MediaTypes.OCI_MANIFEST, amd.digest(), 0, java.util.Map.of(), new Platform("linux", "amd64", "v3"));
        Descriptor named = new Descriptor(MediaTypes.OCI_MANIFEST, amd.digest(), 0, java.util.Map.of(), new Platform("linux", "amd64", "v1"));
        assertEquals(amd, PlatformChoice.of(List.of(newer, amd), new Platform("linux", "amd64", ""), "the index"), "not every amd64 knows the instructions of v3");
        assertEquals(named, PlatformChoice.of(List.of(newer, named), new Platform("linux", "amd64", ""), "the index"));
        assertEquals(newer, PlatformChoice.of(List.of(newer), new Platform("linux", "amd64", ""), "the index"));
        assertEquals(newer, PlatformChoice.of(List.of(amd, newer), new Platform("linux", "amd64", "v3"), "the index"));
        assertEquals(amd, PlatformChoice.of(List.of(newer, amd), new Platform("linux", "amd64", "v1"), "the index"));
    }

    /** What looks like UTF-32 to a parser that guesses, and what is good JSON but in UTF-16. */
    @Test
    void anotherEncoding() {
        for (byte[] bytes : List.of(new byte[] {0, 0, 0, 0, 0, -1, 0, 0}, "{}".getBytes(java.nio.charset.StandardCharsets.UTF_16LE), "{}".getBytes(java.nio.charset.Charset.forName("UTF-32BE")))) {
            assertThrows(ImageProblem.class, () -> ManifestParser.parse(bytes, "", "x"));
            assertThrows(ImageProblem.class, () -> ConfigJson.parse(bytes, "x"));
        }
    }

    @Property(tries = 300)
    void anyBytes(@ForAll byte[] bytes) {
        for (Runnable parse : List.<Runnable>of(() -> ManifestParser.parse(bytes, "", "x"), () -> ConfigJson.parse(bytes, "x"))) {
            assertThrows(ImageProblem.class, parse::run);
        }
    }

    @Test
    void configurations() {
        ImageConfig config = ConfigJson.parse(("{\"os\":\"linux\",\"architecture\":\"amd64\",\"created\":\"2024-05-06T07:08:09.123456789+02:00\",\"config\":{\"User\":\"1000\","
                + "\"Env\":[\"A=b\"],\"Entrypoint\":null,\"Cmd\":[\"sh\"],\"ExposedPorts\":{\"80/tcp\":{}},\"Volumes\":{\"/v\":{}},\"Labels\":null,\"Healthcheck\":{\"Test\":"
                + "[\"CMD\",\"x\"],\"Interval\":5000000000}},\"history\":[{\"created_by\":\"COPY x\",\"empty_layer\":true},{}],"
                + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" + "b".repeat(64) + "\"]}}").getBytes(StandardCharsets.UTF_8), "x");
        assertEquals(List.of("A=b"), config.settings().env());
        assertEquals(List.of("80/tcp"), config.settings().exposedPorts());
        assertEquals(5_000_000_000L, config.settings().healthcheck().interval());
        assertEquals("2024-05-06T05:08:09.123456789Z", config.created().toString());
        assertEquals(List.of(true, false), config.history().stream().map(ImageConfig.Step::emptyLayer).toList());
        assertEquals("COPY x", config.history().get(0).createdBy());
        assertEquals(config, ConfigJson.parse(ConfigJson.write(config), "written"));
    }
}
