package dev.caisson.core.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Image;
import dev.caisson.ImageProblem;
import dev.caisson.InvalidSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images made of files, looked at by skopeo, umoci and tar. */
@Tag("host")
class ImageDraftTest extends ImageRoom {
    @Test
    void theSameFilesMakeTheSameImageWhoeverCopiesThem() {
        sh("mkdir -p a/sub; echo x > a/sub/f; ln -s f a/sub/l; chmod 4750 a/sub/f; ln a/sub/f a/hard; setfattr -n user.note -v hello a/sub/f; cp -r a b; chmod 750 b/sub/f; rm b/hard; ln b/sub/f b/hard;"
                + "chown -R 1000:1000 b; touch -d 2001-02-03 b/sub/f b");
        Image one = draft(null).copy(temp.resolve("a"), "/srv/app").env("A", "b").build("one");
        Image two = draft(null).copy(temp.resolve("b"), "/srv/app/").env("A", "b").build("two");
        assertEquals(one.id().isEmpty(), false);
        assertEquals(images.inspect("one", ImageDraftTest::shown).layers(), images.inspect("two", ImageDraftTest::shown).layers());
        Image again = draft(null).copy(temp.resolve("a"), "/srv/app").env("A", "b").build("again");
        assertEquals(one.digest(), again.digest());
        assertEquals("0 0 750 1970-01-01 00:00:00.000000000 +0000 2", sh("TZ=UTC stat -c '%u %g %a %y %h' " + tree("one").resolve("srv/app/sub/f")).strip());
        assertEquals("f", sh("readlink " + tree("one").resolve("srv/app/sub/l")).strip());
        assertEquals("", sh("getfattr -d " + tree("one").resolve("srv/app/sub/f")).strip());
        sh("echo y > a/sub/f");
        assertNotEquals(one.digest(), draft(null).copy(temp.resolve("a"), "/srv/app").env("A", "b").build("again").digest());
        images.save(List.of("one"), temp.resolve("one.tar"));
        assertTrue(sh("skopeo inspect --config oci-archive:one.tar").contains("A=b"));
    }

    @Test
    void filesAndTheirNames() throws IOException {
        Path file = Files.writeString(temp.resolve("tool"), "#!/bin/sh\n");
        sh("chmod 755 tool; mkdir empty");
        draft(null).copy(file, "/usr/bin/").copy(file, "/usr/bin/other").file("/etc/app.conf", new byte[] {'x'}, 0640).copy(temp.resolve("empty"), "/var/empty").build("files");
        assertEquals("755 755 640", sh("cd " + tree("files") + "; stat -c %a usr/bin/tool usr/bin/other etc/app.conf").strip().replace('\n', ' '));
        assertFalse(Files.exists(tree("files").resolve("empty")));
        assertEquals(4, images.inspect("files", ImageDraftTest::shown).layers().size());
    }

    @Test
    void whatIsAddedToAnother() {
        sh("mkdir r r/tmp; chmod 1777 r/tmp; echo 1 > r/f; tar -C r -cf r.tar .; gzip -k r.tar");
        images.importRootfs(temp.resolve("r.tar.gz"), "base", "CMD old", "ENTRYPOINT [\"/start\"]", "ENV A=1 B=2", "ONBUILD ENV C=3", "LABEL x=y", "EXPOSE 80");
        draft("base").file("/tmp/new", new byte[0], 0600).env("B", "3").command("x", "y z").label("k", "v").expose(81).workdir("/w").user("7").author("me").created(Instant.ofEpochSecond(5)).build("more");
        ImageConfig.Settings s = images.resolve("more").config().settings();
        assertEquals(List.of("A=1", "B=3", "C=3"), s.env());
        assertEquals(List.of("x", "y z"), s.cmd());
        assertEquals(List.of("/start"), s.entrypoint());
        assertEquals(Map.of("x", "y", "k", "v"), s.labels());
        assertEquals(List.of("80/tcp", "81/tcp"), s.exposedPorts());
        assertEquals(List.of(), s.onBuild(), "what was for images built on the base is not for those built on this one");
        assertEquals("1777", sh("stat -c %a " + tree("more").resolve("tmp")).strip(), "a directory that is there stays as it is");
        assertEquals("5", sh("stat -c %Y " + tree("more").resolve("tmp/new")).strip(), "of the image's time");
        images.save(List.of("more"), temp.resolve("more.tar"));
        String history = sh("skopeo inspect --config oci-archive:more.tar");
        assertTrue(history.contains("COPY to /tmp/new") && history.contains("Imported from r.tar.gz") && history.contains("1970-01-01T00:00:05Z"), history);
        draft("base").entrypoint("/other").build("other");
        assertEquals(null, images.resolve("other").config().settings().cmd(), "the command was for the old entry point");
    }

    @Test
    void aBaseThatWantsToRunSomething() {
        sh("mkdir r; echo 1 > r/f; tar -C r -cf r.tar .");
        images.importRootfs(temp.resolve("r.tar"), "base", "ONBUILD RUN make");
        ImageProblem problem = assertThrows(ImageProblem.class, () -> draft("base").build("x"));
        assertTrue(problem.getMessage().contains("ONBUILD RUN make"), problem.getMessage());
        assertThrows(ImageProblem.class, () -> draft("none").build("x"));
        assertTrue(images.find("x").isEmpty());
    }

    @Test
    void aDirectoryJustAsItIs() {
        sh("mkdir -p r/etc; echo x > r/etc/f; chown 1000:1001 r/etc/f; chmod 4711 r/etc/f; setfattr -n user.note -v hello r/etc/f; touch -d '2001-02-03 04:05:06.123456789Z' r/etc/f; mkfifo r/pipe");
        images.fromDirectory(temp.resolve("r"), "exact", "CMD [\"/bin/x\"]", "ENV A=b");
        String how = "cd %s; TZ=UTC stat -c '%%n %%u %%g %%a %%y %%F' etc/f pipe; getfattr -d etc/f";
        assertEquals(sh(how.formatted("r")), sh(how.formatted(tree("exact"))));
        assertEquals(List.of("/bin/x"), images.resolve("exact").config().settings().cmd());
        assertTrue(images.list().get(0).created().isAfter(Instant.now().minusSeconds(600)));
        int blobs = content.blobs().size();
        assertThrows(InvalidSpec.class, () -> images.fromDirectory(temp.resolve("r"), "y", "RUN x"));
        assertThrows(RuntimeException.class, () -> images.fromDirectory(temp.resolve("none"), "y"));
        assertEquals(blobs, content.blobs().size());
    }

    @Test
    void whatCannotBeCopied() {
        sh("mkdir dev; mkfifo dev/pipe; mkdir wh; touch wh/.wh.x");
        int blobs = content.blobs().size();
        for (Path path : List.of(temp.resolve("dev"), temp.resolve("dev/pipe"), temp.resolve("none"), temp.resolve("wh"))) {
            ImageProblem problem = assertThrows(ImageProblem.class, () -> draft(null).file("/ok", new byte[9], 0644).copy(path, "/x").build("x"), path.toString());
            assertFalse(problem.remedy().isEmpty());
        }
        assertEquals(blobs, content.blobs().size(), "the layer before was taken back");
        assertTrue(images.find("x").isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"relative", "/a/../../etc", "/a/.wh.passwd", "/a\0b"})
    void pathsThatAreNone(String target) {
        assertThrows(InvalidSpec.class, () -> draft(null).copy(temp, target));
        assertThrows(InvalidSpec.class, () -> draft(null).file(target, new byte[0], 0));
        assertThrows(InvalidSpec.class, () -> draft(null).workdir(target));
    }

    @Test
    void wordsThatAreNone() {
        assertThrows(InvalidSpec.class, () -> draft(null).change("RUN x"));
        assertThrows(InvalidSpec.class, () -> draft(null).env("A=B", "c"));
        assertThrows(InvalidSpec.class, () -> draft(null).expose(0));
        assertThrows(InvalidSpec.class, () -> draft(null).command("a\0b"));
        assertThrows(InvalidSpec.class, () -> draft(null).file("/dir/", new byte[0], 0));
    }

    private Path jar(String name, String classPath) throws IOException {
        Path jar = temp.resolve(name);
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        if (!classPath.isEmpty()) {
            manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath);
        }
        Files.createDirectories(jar.getParent());
        new JarOutputStream(Files.newOutputStream(jar), manifest).close();
        return jar;
    }

    @Test
    void aClassPath() throws IOException {
        Path classes = Files.createDirectories(temp.resolve("classes"));
        Files.writeString(classes.resolve("A.class"), "A");
        Path jar = jar("x/lib.jar", "other%20one.jar missing.jar https://example.org/no.jar");
        jar("x/other one.jar", "lib.jar");
        Path same = jar("y/lib.jar", "");
        jar("z/b-1-SNAPSHOT.jar", "");
        jar("z/a.jar", "");
        List<Path> entries = List.of(classes, jar, same, temp.resolve("missing.jar"), temp.resolve("z/*"), Files.createDirectories(temp.resolve("more")));
        draft(null).classpath(entries, "org.example.Main").build("app");
        assertEquals("-cp \"/app/classes:/app/libs/lib.jar:/app/libs/other one.jar:/app/libs/lib-2.jar:/app/libs/a.jar:/app/libs/b-1-SNAPSHOT.jar:/app/classes-2\"\n",
                Files.readString(tree("app").resolve("app/classpath")));
        assertEquals(List.of("java", "@/app/classpath", "org.example.Main"), images.resolve("app").config().settings().entrypoint());
        List<String> before = images.inspect("app", ImageDraftTest::shown).layers();
        assertEquals(3, before.size());
        Files.writeString(classes.resolve("A.class"), "B");
        draft(null).classpath(entries, "org.example.Main").build("app");
        List<String> after = images.inspect("app", ImageDraftTest::shown).layers();
        assertEquals(before.subList(0, 2), after.subList(0, 2), "only the classes have changed");
        assertNotEquals(before.get(2), after.get(2));
        assertThrows(InvalidSpec.class, () -> draft(null).classpath(List.of(temp.resolve("none")), "X").build("x"));
    }
}
