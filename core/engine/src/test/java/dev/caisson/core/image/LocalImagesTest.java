package dev.caisson.core.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageProblem;
import dev.caisson.core.content.ImageRecord;
import dev.caisson.core.layer.TarEntry;
import dev.caisson.core.layer.TarWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Images made by umoci and read by skopeo and umoci; archives made by hand for security.md rows 68, 76, 77, 80 and 84. */
@Tag("host")
class LocalImagesTest extends ImageRoom {
    private static final String ARCH = Platform.host().architecture();

    /** An image of three layers with all kinds of files, whiteouts and an opaque directory. */
    private void umociImage() {
        sh("umoci init --layout oci; umoci new --image oci:tag; umoci unpack --image oci:tag b");
        sh("cd b/rootfs; mkdir -p etc/conf.d usr/bin var/lib tmp; chmod 1777 tmp; echo root:x:0:0::/:/bin/sh > etc/passwd; echo a > etc/conf.d/a; cp /bin/busybox usr/bin/; ln -s busybox usr/bin/sh;"
                + "ln usr/bin/busybox usr/bin/hard; chmod 4755 usr/bin/busybox; setfattr -n user.note -v hello etc/passwd; setcap cap_net_raw+ep usr/bin/hard; mkfifo var/fifo; mknod var/null c 1 3;"
                + "chown 1000:1001 var/lib; ln -s usr/bin bin; touch -d '2001-02-03 04:05:06.123456789Z' etc/passwd; umask 077; echo s > etc/shadow; setfattr -n user.dir -v d var");
        sh("umoci repack --refresh-bundle --image oci:tag b; cd b/rootfs; rm -r etc/conf.d; mkdir etc/conf.d; echo b > etc/conf.d/b; rm usr/bin/sh; echo more >> etc/passwd");
        sh("umoci repack --refresh-bundle --image oci:tag b; cd b/rootfs; rm -r tmp; echo file > tmp; mkdir usr/bin/sh");
        sh("umoci repack --image oci:tag b; umoci config --image oci:tag --config.cmd sh --config.user 1000 --config.env A=b --config.workingdir /srv --config.exposedports 80/tcp; umoci gc --layout oci");
    }

    private String describe(Path tree) {
        return PlainLayers.output("sh", "-ec", "cd " + tree + "; find . -mindepth 1 \\( -type d -printf '%p %y %m %U %G\\n' -o -printf '%p %y %m %U %G %n %s %l %T@\\n' \\) | sort;"
                + "find . -type f -print0 | sort -z | xargs -0 sha256sum; find . \\( -type f -o -type d \\) -print0 | sort -z | xargs -0 getfattr -hd -m '^user|^security.capability'");
    }

    @Test
    void anOciLayoutIsUnpackedAsUmociUnpacksIt() {
        umociImage();
        ImageRecord record = images.load(temp.resolve("oci")).get(0);
        assertEquals(List.of(), record.references(), "a bare tag is no name");
        ResolvedImage image = images.resolve(record.config().brief());
        sh("umoci unpack --image oci:tag check");
        assertEquals(3, image.chain().size());
        // The keepers of extended attributes differ only in what umoci adds for itself.
        assertEquals(describe(temp.resolve("check/rootfs")), describe(driver.tree(image.top())));
        assertEquals(List.of("sh"), image.config().settings().cmd());
        assertEquals("1000", image.config().settings().user());
        assertEquals("/srv", image.config().settings().workingDir());
    }

    @Test
    void whatSkopeoAndTarMakeOfIt() {
        umociImage();
        sh("skopeo copy -q oci:oci:tag docker-archive:docker.tar:example.com/app:v1; skopeo copy -q oci:oci:tag oci-archive:oci.tar:example.com/app:v2; tar -C oci -cf plain.tar .;"
                + "gzip -k docker.tar; zstd -q oci.tar; skopeo copy -q --dest-compress-format zstd oci:oci:tag oci:zst:tag");
        Map<String, String> trees = new TreeMap<>();
        for (String name : List.of("docker.tar", "oci.tar", "plain.tar", "docker.tar.gz", "oci.tar.zst", "zst")) {
            ImageRecord record = images.load(temp.resolve(name)).get(0);
            trees.put(describe(driver.tree(images.resolve(record.config().toString()).top())), name);
        }
        assertEquals(1, trees.size(), "they differ");
        assertEquals(3, driver.layers().size(), "the layers are the same ones");
        assertTrue(images.find("example.com/app:v1").isPresent() && images.find("example.com/app:v2").isPresent());
        assertFalse(images.find("app").isPresent());
    }

    @Test
    void savedImagesAreReadBySkopeoAndUmoci() {
        umociImage();
        ImageRecord record = images.load(temp.resolve("oci")).get(0);
        images.tag(record.config().toString(), "app:v1");
        images.tag("app:v1", "registry.example.com:5000/team/app");
        images.save(List.of("app:v1"), temp.resolve("saved.tar"));
        String digest = record.manifest().toString();
        assertEquals(digest, sh("skopeo inspect --format '{{.Digest}}' oci-archive:saved.tar:v1").strip());
        assertTrue(sh("skopeo inspect docker-archive:saved.tar:docker.io/library/app:v1").contains("A=b"));
        assertTrue(sh("skopeo inspect docker-archive:saved.tar:registry.example.com:5000/team/app:latest").contains("A=b"));
        sh("mkdir s; tar -C s -xf saved.tar; umoci unpack --image s:v1 check; skopeo copy -q docker-archive:saved.tar:app:v1 dir:d");
        assertEquals(describe(temp.resolve("check/rootfs")), describe(driver.tree(images.resolve("app:v1").top())));
        images.save(List.of("app:v1"), temp.resolve("again.tar"));
        sh("cmp saved.tar again.tar");
        images.save(List.of("app:v1", record.config().toString(), "registry.example.com:5000/team/app"), temp.resolve("thrice.tar"));
        sh("cmp saved.tar thrice.tar");
        images.remove(record.config().toString());
        assertEquals(List.of(digest), images.load(temp.resolve("saved.tar")).stream().map(r -> r.manifest().toString()).distinct().toList());
        assertEquals(List.of("docker.io/library/app:v1", "registry.example.com:5000/team/app:latest"), images.find("app:v1").orElseThrow().references());
    }

    @Test
    void rootfsImport() {
        sh("mkdir -p r/bin r/etc; cp /bin/busybox r/bin; echo x > r/etc/x; tar --format=posix -C r -cf r.tar .; gzip -k r.tar; zstd -q r.tar");
        for (String tar : List.of("r.tar", "r.tar.gz", "r.tar.zst")) {
            ImageRecord record = images.importRootfs(temp.resolve(tar), "tiny:" + tar, "CMD [\"/bin/busybox\"]", "ENV A=b", "EXPOSE 80");
            ResolvedImage image = images.resolve("tiny:" + tar);
            assertEquals(record.manifest(), image.digest());
            assertEquals(List.of("/bin/busybox"), image.config().settings().cmd());
            assertEquals(describe(temp.resolve("r")), describe(driver.tree(image.top())));
        }
        assertEquals(1, driver.layers().size(), "one tar, one layer");
        images.save(List.of("tiny:r.tar"), temp.resolve("tiny-saved.tar"));
        assertTrue(sh("skopeo inspect --config oci-archive:tiny-saved.tar:r.tar").contains("80/tcp"));
        assertThrows(ImageProblem.class, () -> images.importRootfs(temp.resolve("r"), "tiny"));
        assertThrows(ImageProblem.class, () -> images.importRootfs(temp.resolve("none.tar"), "tiny"));
        assertThrows(ImageProblem.class, () -> images.importRootfs(temp.resolve("r.tar"), "tiny@sha256:" + "a".repeat(64)));
    }

    @Test
    void removingKeepsWhatOthersNeed() {
        sh("mkdir r; echo 1 > r/f; tar -C r -cf r.tar .");
        images.importRootfs(temp.resolve("r.tar"), "one");
        images.importRootfs(temp.resolve("r.tar"), "two", "CMD x");
        images.tag("two", "three");
        int blobs = content.blobs().size();
        images.remove("three");
        assertEquals(blobs, content.blobs().size());
        ImageProblem used = assertThrows(ImageProblem.class, () -> images.remove("two", layer -> true));
        assertTrue(used.getMessage().contains("container uses"), used.getMessage());
        images.remove("two");
        assertEquals(blobs - 2, content.blobs().size(), "its manifest and configuration went, the layer did not");
        assertEquals(1, driver.layers().size());
        ImageProblem none = assertThrows(ImageProblem.class, () -> images.resolve("onee"));
        assertTrue(none.remedy().contains("did you mean docker.io/library/one:latest"), none.getMessage());
        images.remove("one");
        assertEquals(0, content.blobs().size() + driver.layers().size() + images.list().size());
    }

    @Test
    void aNameMovesOnlyToWhatBearsIt() {
        // Row 84
        sh("mkdir r; echo 1 > r/f; tar -C r -cf r.tar .; echo 2 > r/f; tar -C r -cf r2.tar .");
        images.importRootfs(temp.resolve("r.tar"), "busybox");
        images.save(List.of("busybox"), temp.resolve("bb.tar"));
        ImageRecord newer = images.importRootfs(temp.resolve("r2.tar"), "busybox");
        assertEquals(newer.manifest(), images.resolve("busybox").digest());
        assertEquals(2, images.list().size(), "the other one has lost its name, not its life");
        images.load(temp.resolve("bb.tar"));
        assertFalse(newer.manifest().equals(images.resolve("busybox").digest()));
    }

    // Hostile archives. The store must be as empty afterwards as before.

    private interface Archive {
        void write(TarWriter tar) throws IOException;
    }

    private void refused(String why, Archive archive) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (TarWriter tar = new TarWriter(out)) {
            archive.write(tar);
        }
        Path file = temp.resolve("hostile.tar");
        Files.write(file, out.toByteArray());
        ImageProblem problem = assertThrows(ImageProblem.class, () -> images.load(file));
        assertTrue(problem.getMessage().contains(why), problem.getMessage());
        assertEquals(List.of(), content.blobs());
        assertEquals(List.of(), driver.layers());
        assertEquals(List.of(), images.list());
        assertEquals("", sh("find root -name '*.draft' -o -path '*/ingest/*'"));
    }

    private static void file(TarWriter tar, String name, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        tar.put(TarEntry.file(name, bytes.length, 0644), bytes);
    }

    private static String config(String... diffIds) {
        return "{\"os\":\"linux\",\"architecture\":\"" + ARCH + "\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" + (diffIds.length == 0 ? "" : "\"" + String.join("\",\"", diffIds) + "\"") + "]}}";
    }

    private static String sha256(byte[] bytes) {
        return dev.caisson.core.content.Digest.of(bytes).toString();
    }

    @Test
    void dockerArchivesThatNameFilesOutside() throws IOException {
        String diffId = sha256(Files.readAllBytes(Path.of("/etc/passwd")));
        for (String name : List.of("../../etc/passwd", "/etc/passwd", "../../../../../../etc/passwd", "link", "dir/../../etc/passwd", "", ".", "loop", "out")) {
            refused("there is no file", t -> {
                file(t, "manifest.json", "[{\"Config\":\"c.json\",\"RepoTags\":[\"busybox\"],\"Layers\":[\"" + name + "\"]}]");
                file(t, "c.json", config(diffId));
                t.put(TarEntry.of(TarEntry.Kind.SYMLINK, "link", "/etc/passwd", 0777));
                t.put(TarEntry.of(TarEntry.Kind.SYMLINK, "out", "../../../etc/passwd", 0777));
                t.put(TarEntry.of(TarEntry.Kind.SYMLINK, "loop", "loop", 0777));
            });
        }
        refused("there is no file", t -> file(t, "manifest.json", "[{\"Config\":\"/etc/shadow\",\"Layers\":[]}]"));
        refused("two files of the name", t -> {
            file(t, "manifest.json", "[]");
            file(t, "./manifest.json", "[]");
        });
        refused("neither", t -> file(t, "repositories", "{}"));
    }

    @Test
    void layoutsOfADirectoryDoNotLeaveIt() {
        sh("mkdir -p evil/blobs/sha256; echo '{\"imageLayoutVersion\":\"1.0.0\"}' > evil/oci-layout; ln -s /etc/passwd evil/index.json");
        assertThrows(ImageProblem.class, () -> images.load(temp.resolve("evil")));
        sh("rm evil/index.json; mkfifo evil/index.json");
        assertThrows(ImageProblem.class, () -> images.load(temp.resolve("evil")));
        assertThrows(ImageProblem.class, () -> images.load(Path.of("/dev/zero")));
    }

    @Test
    void digestsThatDoNotAgree() throws IOException {
        ByteArrayOutputStream layer = new ByteArrayOutputStream();
        try (TarWriter tar = new TarWriter(layer)) {
            file(tar, "f", "content");
        }
        byte[] bytes = layer.toByteArray();
        // The second layer is not what its diffID says: the first one goes too.
        refused("the configuration says", t -> {
            file(t, "manifest.json", "[{\"Config\":\"c.json\",\"RepoTags\":[\"busybox\"],\"Layers\":[\"l.tar\",\"l.tar\"]}]");
            file(t, "c.json", config(sha256(bytes), "sha256:" + "0".repeat(64)));
            t.put(TarEntry.file("l.tar", bytes.length, 0644), bytes);
        });
        refused("names 1 layers", t -> {
            file(t, "manifest.json", "[{\"Config\":\"c.json\",\"Layers\":[\"l.tar\"]}]");
            file(t, "c.json", config());
            t.put(TarEntry.file("l.tar", bytes.length, 0644), bytes);
        });
        String manifest = "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" + MediaTypes.OCI_CONFIG + "\",\"digest\":\"" + sha256(config().getBytes(StandardCharsets.UTF_8))
                + "\",\"size\":" + config().length() + "},\"layers\":[]}";
        String digest = sha256(manifest.getBytes(StandardCharsets.UTF_8));
        for (String swapped : List.of(manifest.replace("2", "3"), manifest + " ")) {
            refused("other bytes", t -> layout(t, digest, manifest.length(), swapped, config()));
        }
        refused("digest", t -> layout(t, digest, manifest.length(), manifest, config().replace("linux", "linuy")));
        refused("has no image for", t -> layout(t, digest, manifest.length() , manifest, config(), ",\"platform\":{\"os\":\"linux\",\"architecture\":\"s390x\"}"));
    }

    private static void layout(TarWriter tar, String digest, int size, String manifest, String config) throws IOException {
        layout(tar, digest, size, manifest, config, "");
    }

    private static void layout(TarWriter tar, String digest, int size, String manifest, String config, String more) throws IOException {
        file(tar, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
        file(tar, "index.json", "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" + MediaTypes.OCI_MANIFEST + "\",\"digest\":\"" + digest + "\",\"size\":" + size + more + "}]}");
        file(tar, "blobs/sha256/" + digest.substring(7), manifest);
        file(tar, "blobs/sha256/" + sha256(config().getBytes(StandardCharsets.UTF_8)).substring(7), config);
    }

    /** Row 87: names that an image brings are names of images, never of files. */
    @Test
    void namesInAnnotationsAreNoPaths() throws IOException {
        umociImage();
        java.nio.file.Path index = temp.resolve("oci/index.json");
        String text = Files.readString(index);
        for (String hostile : new String[] {"../../etc/passwd", "/etc/passwd", "a/../../b:1", "a:../x", "..", "./x:1", "a//b", "x:1\\u0000"}) {
            Files.writeString(index, text.replace("\"org.opencontainers.image.ref.name\":\"tag\"", "\"io.containerd.image.name\":\"" + hostile + "\""));
            org.junit.jupiter.api.Assertions.assertNotEquals(text, Files.readString(index));
            assertThrows(ImageProblem.class, () -> images.load(temp.resolve("oci")), hostile);
        }
        assertEquals(List.of(), images.list());
        assertEquals(List.of(), content.blobs());
    }
}
