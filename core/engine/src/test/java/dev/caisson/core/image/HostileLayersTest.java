package dev.caisson.core.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ContainerException;
import dev.caisson.ImageProblem;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.ImageStore;
import dev.caisson.core.layer.TarEntry;
import dev.caisson.core.layer.TarWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Layers that want too much, and disks that have too little: the stores are as before. */
@Tag("host")
class HostileLayersTest extends ImageRoom {
    private void untouched() {
        assertEquals(List.of(), images.list());
        assertEquals(List.of(), content.blobs());
        assertEquals(List.of(), driver.layers());
        assertEquals("", sh("find root -name '*.draft' -o -path '*/ingest/*'"));
    }

    /** Row 78: ten gigabytes of zeros in ten megabytes, as a file of a layer. */
    @Test
    void tenGigabytesOfZeros() throws IOException {
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        ByteArrayOutputStream zeros = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(zeros)) {
            gzip.write(new byte[64 << 20]);
        }
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        try (TarWriter writer = new TarWriter(tar)) {
            writer.put(TarEntry.file("small", 1, 0644), new byte[1]);
        }
        byte[] block = java.util.Arrays.copyOf(tar.toByteArray(), 512); // the header, of a larger file below
        String size = String.format("%011o", (8L << 30) - 1);
        System.arraycopy(size.getBytes(java.nio.charset.StandardCharsets.US_ASCII), 0, block, 124, 11);
        java.util.Arrays.fill(block, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte b : block) {
            sum += b & 0xff;
        }
        System.arraycopy(String.format("%06o\0 ", sum).getBytes(java.nio.charset.StandardCharsets.US_ASCII), 0, block, 148, 8);
        try (GZIPOutputStream gzip = new GZIPOutputStream(header)) {
            gzip.write(block);
        }
        Path bomb = temp.resolve("bomb.tar.gz");
        try (OutputStream out = Files.newOutputStream(bomb)) {
            out.write(header.toByteArray());
            for (int i = 0; i < 160; i++) {
                out.write(zeros.toByteArray());
            }
        }
        assertTrue(Files.size(bomb) < 12 << 20, "10 GiB in " + Files.size(bomb));
        ImageProblem refused = assertThrows(ImageProblem.class, () -> images.importRootfs(bomb, "bomb:1"));
        assertTrue(refused.getMessage().contains("bomb") || refused.getMessage().contains("more than"), refused.getMessage());
        untouched();
    }

    /** Row 72: they are only deletions, and as many as that are carried out in no time to speak of. */
    @Test
    void tenThousandWhiteouts() throws IOException {
        sh("mkdir base; touch base/kept base/gone-7");
        images.fromDirectory(temp.resolve("base"), "base:1");
        Path tar = temp.resolve("whiteouts.tar");
        try (TarWriter writer = new TarWriter(Files.newOutputStream(tar))) {
            for (int i = 0; i < 10_000; i++) {
                writer.put(TarEntry.file(".wh.gone-" + i, 0, 0));
            }
        }
        images.importRootfs(tar, "deleting:1"); // below it there is nothing
        assertEquals("", sh("ls " + tree("deleting:1")));
        assertEquals("gone-7\nkept\n", sh("ls " + tree("base:1")));
    }

    /** F5: at whatever byte the disk is full, the operation fails by that, nothing stays, and with room it succeeds. */
    @Test
    void aDiskThatIsFull() throws IOException {
        sh("mkdir disk tree; head -c 700000 /dev/urandom > tree/a; head -c 600000 /dev/urandom > tree/b; mkdir tree/d; for i in 1 2 3 4 5 6 7 8; do cp tree/b tree/d/$i; done; tar -C tree -cf tree.tar .");
        sh("mount -t tmpfs -o size=100k,nr_inodes=200 tmpfs disk");
        try (ContentStore small = ContentStore.open(temp.resolve("disk/content"))) {
            PlainLayers layers = new PlainLayers(temp.resolve("disk/layers"));
            LocalImages full = new LocalImages(small, ImageStore.open(temp.resolve("disk/images")), layers, PlainLayers.mounter(), Platform.host().architecture());
            int failed = 0;
            for (int room = 100; room < 20_000; room += room < 7_000 ? 900 : 1_300) {
                sh("mount -o remount,size=" + room + "k disk");
                try {
                    full.importRootfs(temp.resolve("tree.tar"), "app:1");
                    assertEquals("", sh("diff -r tree " + layers.tree(full.resolve("app:1").top())));
                    full.remove("app:1");
                } catch (ContainerException e) {
                    failed++;
                    assertTrue(e.getMessage().contains("ENOSPC") && !e.remedy().isEmpty(), e.getMessage() + " / " + e.remedy());
                }
                assertEquals(List.of(), full.list());
                assertEquals(List.of(), small.blobs());
                assertEquals("", sh("find disk -name '*.draft' -o -path '*/ingest/*' -o -path 'disk/layers/*' | head"));
            }
            assertTrue(failed > 8, "the disk was full " + failed + " times");
            sh("mount -o remount,size=20000k disk");
            full.importRootfs(temp.resolve("tree.tar"), "app:1");
            assertFalse(full.list().isEmpty());
        } finally {
            sh("umount -l disk");
        }
    }
}
