package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageProblem;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.PlainLayers;
import dev.caisson.testkit.registry.FaultyProxy;
import dev.caisson.testkit.registry.FaultyProxy.Asked;
import dev.caisson.testkit.registry.FaultyProxy.Fault;
import dev.caisson.testkit.registry.OwnRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What has come of a blob is worth keeping whatever the registry answers next, and a registry that has no parts has the whole. */
@Tag("host")
@Timeout(180)
class FaultyPartsTest {
    private static final int CUT = 4_000_000;

    @TempDir
    Path temp;
    private OwnRegistry registry;
    private FaultyProxy proxy;
    private PullRoom room;
    private String name;
    private String blob;
    private long size;

    @BeforeEach
    void open() {
        registry = OwnRegistry.plain(temp.resolve("registry"));
        proxy = new FaultyProxy(registry.host());
        name = proxy.host() + "/team/big:v1";
        PlainLayers.output("sh", "-ec", "cd " + temp + "; mkdir rootfs; head -c 6000000 /dev/urandom > rootfs/big; tar -C rootfs -cf rootfs.tar .");
        try (PullRoom maker = new PullRoom(temp.resolve("maker"))) {
            String there = registry.host() + "/team/big:v1";
            maker.images.importRootfs(temp.resolve("rootfs.tar"), there);
            maker.push(there);
            Digest layer = maker.content.blobs().stream().max(Comparator.comparingLong(maker.content::size)).orElseThrow();
            blob = layer.toString();
            size = maker.content.size(layer);
        }
        room = new PullRoom(temp.resolve("room"));
    }

    @AfterEach
    void close() {
        room.close();
        proxy.close();
        registry.close();
    }

    private long part() throws IOException {
        try (Stream<Path> all = Files.list(temp.resolve("room/content/parts"))) {
            List<Path> parts = all.toList();
            return parts.isEmpty() ? 0 : Files.size(parts.get(0));
        }
    }

    private List<Integer> statuses() {
        return proxy.asked(blob).stream().map(Asked::status).toList();
    }

    private List<String> ranges() {
        return proxy.asked(blob).stream().map(Asked::range).toList();
    }

    private void whole() throws IOException {
        room.content.blobs().forEach(room.content::verify);
        assertEquals(3, room.content.blobs().size());
        assertEquals(0, part(), "a part that became a blob is none any more");
    }

    /** A part from an earlier pull, which broke and then found the registry out of order. @return its bytes */
    private long broken(int status) throws IOException {
        Fault again = Fault.status(status);
        proxy.next(blob, Fault.broken(CUT), again, again, again, again);
        ImageProblem problem = room.refused(String.valueOf(status), name);
        assertTrue(!problem.remedy().isEmpty(), problem.getMessage());
        assertEquals(List.of(200, status, status, status, status), statuses());
        long here = part();
        assertTrue(here > 0 && here <= CUT, "of " + CUT + " bytes " + here + " are here");
        assertEquals("bytes=" + here + "-", ranges().get(1));
        return here;
    }

    @Test
    void aRegistryThatIsBusyInTheMiddleAndThenNot() throws IOException {
        proxy.next(blob, Fault.broken(CUT), Fault.status(503), Fault.status(503));
        room.pull(name);
        assertEquals(List.of(200, 503, 503, 206), statuses());
        assertEquals("", ranges().get(0));
        long from = Long.parseLong(ranges().get(3).substring("bytes=".length(), ranges().get(3).length() - 1));
        assertEquals(size - from, proxy.asked(blob).get(3).sent().get(), "the rest, once");
        assertTrue(from > 0);
        whole();
    }

    @Test
    void whatARegistryOutOfOrderHasSentIsGoneOnWithByTheNextPull() throws IOException {
        long here = broken(503);
        room.pull(name);
        assertEquals(List.of("bytes=" + here + "-"), ranges().subList(5, ranges().size()));
        assertEquals(size - here, proxy.asked(blob).get(5).sent().get());
        whole();
    }

    @Test
    void norDoesARefusalUndoIt() throws IOException {
        long here = broken(503);
        for (int status : List.of(401, 403, 404, 418)) {
            proxy.next(blob, Fault.status(status));
            room.refused("", name);
            assertEquals(here, part(), "after " + status);
        }
        room.pull(name);
        whole();
    }

    @Test
    void aRegistryThatHasNoParts() throws IOException {
        proxy.ranges(blob, Fault.status(416));
        proxy.next(blob, Fault.broken(CUT));
        room.pull(name);
        assertEquals(List.of(200, 416, 200), statuses(), "not tried again, nor a failed pull");
        assertEquals("", ranges().get(2));
        whole();
    }

    @Test
    void onceItHasSaidSoItIsNotAskedForPartsAgain() throws IOException {
        proxy.ranges(blob, Fault.status(416));
        proxy.next(blob, Fault.broken(CUT), Fault.status(416), Fault.broken(CUT + 1_000_000), Fault.broken(10));
        room.pull(name);
        assertEquals(List.of(200, 416, 200, 200, 200), statuses());
        whole();
    }

    @Test
    void aPartFromBeforeAtARegistryThatHasNone() throws IOException {
        long here = broken(502);
        proxy.ranges(blob, Fault.status(416));
        room.pull(name);
        assertEquals(List.of("bytes=" + here + "-", ""), ranges().subList(5, ranges().size()));
        whole();
    }

    @Test
    void aPartFromBeforeAtARegistryThatIgnoresTheRange() throws IOException {
        long here = broken(502);
        proxy.ranges(blob, Fault.whole());
        room.pull(name);
        assertEquals(List.of("bytes=" + here + "-"), ranges().subList(5, ranges().size()));
        assertEquals(List.of(200), statuses().subList(5, statuses().size()));
        assertEquals(size, proxy.asked(blob).get(5).sent().get());
        whole();
    }

    /** Of what is damaged here nothing comes into the store, whichever way the rest came. */
    @Test
    void aDamagedPartAtARegistryThatHasNone() throws IOException {
        long here = broken(500);
        Path part = temp.resolve("room/content/parts").resolve(blob.replace(':', '-'));
        byte[] wrong = Files.readAllBytes(part);
        wrong[1000] ^= 1;
        Files.write(part, wrong);
        proxy.ranges(blob, Fault.status(416));
        room.pull(name);
        assertEquals(List.of("bytes=" + here + "-", "", ""), ranges().subList(5, ranges().size()));
        whole();
    }
}
