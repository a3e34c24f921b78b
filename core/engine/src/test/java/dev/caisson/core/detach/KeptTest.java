package dev.caisson.core.detach;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Capability;
import dev.caisson.ContainerSpec;
import dev.caisson.Engine;
import dev.caisson.Signal;
import dev.caisson.core.spec.ImageDefaults;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.Held;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written of a detached container is read as it was; what is no such document is refused, whatever it is. */
class KeptTest {
    private static Kept kept() {
        return kept(List.of());
    }

    private static Kept kept(List<Kept.Place> places) {
        Engine engine = (Engine) Proxy.newProxyInstance(Engine.class.getClassLoader(), new Class<?>[] {Engine.class}, (proxy, method, arguments) ->
                java.lang.reflect.InvocationHandler.invokeDefault(proxy, method, arguments));
        ContainerSpec spec = engine.rootfs(Path.of("/srv/root")).name("web").label("a", "ä\n").env("K", "v").command("sh", "-c", "true").user("1000:5").group("7")
                .bind(Path.of("/h"), "/c").tmpfs("/t:size=1m").volume("data", "/d").memory("64m").pids(9).capAdd(Capability.NET_RAW).capDrop(Capability.ALL).networkHost()
                .logDriver("none", java.util.Map.of()).stopSignal(Signal.INT).stopTimeout(Duration.ofMillis(1500))
                .health(h -> h.shell("x").interval(Duration.ofSeconds(1))).detached().spec();
        return new Kept(Kept.VERSION, "ab".repeat(32), 4711, spec, ImageDefaults.NONE, "", "host", true, List.of("32768", "pids|a/b|false"), places);
    }

    @Test
    void isReadAsItWasWritten() {
        Kept kept = kept();
        assertEquals(kept, Kept.of(kept.toJson()));
    }

    @Test
    void withItsNetworks() {
        Attachment attachment = new Attachment("ab".repeat(32), "", List.of("172.18.0.2/17"), List.of("172.18.255.249"), "172.18.255.253", List.of(new AttachRequest.PortMapping("", 8080, 80, "tcp")));
        Kept kept = kept(List.of(new Kept.Place("bridge", "bridge", attachment, 3, List.of(new Held.Undo(List.of(new byte[] {1, -1}, new byte[0]))))));
        Kept.Place read = Kept.of(kept.toJson()).places().get(0);
        assertEquals(attachment, read.attachment());
        assertEquals(3, read.descriptors());
        assertArrayEquals(new byte[] {1, -1}, read.undo().get(0).netlink().get(0));
    }

    /** Written by a version that kept no networks. */
    @Test
    void theVersionBeforeIsRead() {
        String text = new String(kept().toJson(), StandardCharsets.UTF_8).replaceFirst("\"version\" : 2", "\"version\" : 1").replaceFirst(",\\s*\"networks\" : \\[ \\]", "");
        assertFalse(text.contains("\"networks\""), text);
        assertEquals(List.of(), Kept.of(text.getBytes(StandardCharsets.UTF_8)).places());
    }

    @Test
    void onDiskToo(@TempDir Path directory) throws Exception {
        try (Fd open = FileCalls.open(directory, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0)) {
            kept().write(open);
            kept().write(open);
            assertEquals(kept(), Kept.read(open));
            assertEquals(1, Files.list(directory).count());
            Files.writeString(directory.resolve("spec.json"), "{\"version\": 1}");
            assertThrows(dev.caisson.EngineProblem.class, () -> Kept.read(open));
        }
    }

    @Test
    void anotherVersionIsRefused() {
        String text = new String(kept().toJson(), StandardCharsets.UTF_8).replaceFirst("\"version\" : 2", "\"version\" : 3");
        assertThrows(IllegalArgumentException.class, () -> Kept.of(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Bytes exchanged and cut: read as something, or refused. */
    @Property(tries = 300)
    void damagedDocumentsAreRefused(@ForAll @Size(min = 1, max = 4) List<Integer> places, @ForAll byte with, @ForAll int cut) {
        byte[] json = kept().toJson();
        for (int place : places) {
            json[Math.floorMod(place, json.length)] = with;
        }
        byte[] damaged = cut % 3 == 0 ? java.util.Arrays.copyOf(json, Math.floorMod(cut, json.length)) : json;
        try {
            Kept.of(damaged);
        } catch (IllegalArgumentException | dev.caisson.ContainerException e) {
            assertTrue(e.getMessage() != null);
        }
    }

    private static byte[] record(long when, int length, int stream, byte[] bytes) {
        return ByteBuffer.allocate(16 + bytes.length).order(ByteOrder.LITTLE_ENDIAN).putLong(when).putInt(length).putInt(stream).put(bytes).array();
    }

    private static long read(Path file, byte[] content, List<String> into) throws Exception {
        Files.write(file, content);
        try (Fd open = FileCalls.open(file, Fcntl.O_RDONLY, 0)) {
            return SpoolReader.read(open, (stream, bytes, when) -> into.add(stream + "@" + when.toEpochMilli() + " " + new String(bytes, StandardCharsets.UTF_8)));
        }
    }

    @Test
    void aSpoolIsReadUpToWhatNoGuardWrites(@TempDir Path directory) throws Exception {
        List<String> seen = new ArrayList<>();
        byte[] good = record(1_000_000_000L, 2, 0, "ab".getBytes()), more = record(2_000_000_000L, 1, 1, "c".getBytes());
        byte[] both = ByteBuffer.allocate(good.length + more.length).put(good).put(more).array();
        assertEquals(0, read(directory.resolve("s"), both, seen));
        assertEquals(List.of("0@1000 ab", "1@2000 c"), seen);
        for (byte[] bad : List.of(record(1, 0, 0, new byte[0]), record(1, -1, 0, new byte[4]), record(1, 1 << 30, 0, new byte[4]), record(1, 1, 2, new byte[1]), record(1, 5, 0, new byte[4]),
                record(-1, 1, 0, new byte[1]), new byte[9])) {
            seen.clear();
            assertEquals(bad.length, read(directory.resolve("s"), ByteBuffer.allocate(good.length + bad.length).put(good).put(bad).array(), seen));
            assertEquals(List.of("0@1000 ab"), seen);
        }
    }
}
