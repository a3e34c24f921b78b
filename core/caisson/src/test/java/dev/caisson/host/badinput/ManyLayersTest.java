package dev.caisson.host.badinput;

import static dev.caisson.host.badinput.HandmadeTar.entry;
import static dev.caisson.host.badinput.HandmadeTar.tar;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** An image of 128 layers: the names of its lower directories come to more than the 4,096 bytes that mount(2) takes. */
class ManyLayersTest extends BadInputTest {
    private static final int LAYERS = 128;

    @Test
    void everyLayerOfTheLongestChainIsThere() throws Exception {
        List<byte[]> parts = new ArrayList<>();
        List<String> digests = new ArrayList<>();
        for (int i = 0; i < LAYERS; i++) {
            byte[] layer = tar(entry("layer" + i, '0', "", "content " + i), entry("last", '0', "", "layer " + i), entry(i == 0 ? "gone" : i == 64 ? ".wh.gone" : "again", '0', "", ""));
            digests.add("\"sha256:" + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(layer)) + "\"");
            parts.add(entry("l" + i + ".tar", '0', "", new String(layer, StandardCharsets.ISO_8859_1)));
        }
        String machine = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
        parts.add(entry("c.json", '0', "", "{\"architecture\":\"" + machine + "\",\"os\":\"linux\",\"config\":{},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
                + String.join(",", digests) + "]}}"));
        parts.add(entry("manifest.json", '0', "", "[{\"Config\":\"c.json\",\"RepoTags\":[\"deep:1\"],\"Layers\":["
                + IntStream.range(0, LAYERS).mapToObj(i -> "\"l" + i + ".tar\"").collect(Collectors.joining(",")) + "]}]"));
        engine.images().load(Files.write(directory.resolve("deep.tar"), tar(parts.toArray(byte[][]::new))));
        String lower = engine.root().resolve("layers").toString();
        assertTrue(LAYERS * lower.length() > 5000, "the control: the option is longer than a page");
        assertEquals("content 0content 64content 127layer 127", engine.image("deep:1").bindReadOnly(root.path().resolve("bin"), "/tools")
                .command("/tools/observer", "cat", "/layer0", "/layer64", "/layer127", "/last").execute().stdout());
        assertEquals(List.of(), engine.images().verify("deep:1"), "also one file is gone");
        engine.images().remove("deep:1");
    }
}
