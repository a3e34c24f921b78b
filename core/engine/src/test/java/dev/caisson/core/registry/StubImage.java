package dev.caisson.core.registry;

import dev.caisson.core.content.Digest;
import dev.caisson.core.image.MediaTypes;
import dev.caisson.core.layer.TarEntry;
import dev.caisson.core.layer.TarWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * An image made in memory.
 *
 * @param layers plain tars
 */
record StubImage(byte[] manifest, byte[] config, List<byte[]> layers) {
    /** One file of so many random bytes a layer. */
    static StubImage of(int... sizes) {
        List<byte[]> layers = new ArrayList<>();
        Random random = new Random(1);
        for (int size : sizes) {
            byte[] content = new byte[size];
            random.nextBytes(content);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (TarWriter tar = new TarWriter(out)) {
                tar.put(TarEntry.file("file-" + layers.size(), content.length, 0644), content);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            layers.add(out.toByteArray());
        }
        byte[] config = config(layers);
        return new StubImage(manifest(config, layers), config, layers);
    }

    private static byte[] config(List<byte[]> layers) {
        return ("{\"os\":\"linux\",\"architecture\":\"" + dev.caisson.core.image.Platform.host().architecture() + "\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
                + layers.stream().map(l -> "\"" + Digest.of(l) + "\"").collect(Collectors.joining(",")) + "]}}").getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] manifest(byte[] config, List<byte[]> layers) {
        return ("{\"schemaVersion\":2,\"mediaType\":\"" + MediaTypes.OCI_MANIFEST + "\",\"config\":" + descriptor(MediaTypes.OCI_CONFIG, config) + ",\"layers\":["
                + layers.stream().map(l -> descriptor("application/vnd.oci.image.layer.v1.tar", l)).collect(Collectors.joining(",")) + "]}").getBytes(StandardCharsets.UTF_8);
    }

    static String descriptor(String type, byte[] content) {
        return "{\"mediaType\":\"" + type + "\",\"digest\":\"" + Digest.of(content) + "\",\"size\":" + content.length + "}";
    }

    /** With another manifest. */
    StubImage manifest(String text) {
        return new StubImage(text.getBytes(StandardCharsets.UTF_8), config, layers);
    }

    String manifestText() {
        return new String(manifest, StandardCharsets.UTF_8);
    }
}
