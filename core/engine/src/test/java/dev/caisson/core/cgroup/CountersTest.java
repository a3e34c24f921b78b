package dev.caisson.core.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ContainerStats.NetworkUse;
import dev.caisson.ContainerStats.Pressure;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** The kernel's counters, and whatever else may stand in such a file. */
class CountersTest {
    @Test
    void asTheKernelWritesThem() {
        assertEquals(new Counters.Io(12, 5), Counters.io("8:0 rbytes=10 wbytes=5 rios=1 wios=1 dbytes=0 dios=0\n8:16 rbytes=2 wbytes=0 rios=1\n"));
        assertEquals(new Counters.Io(10, 5), Counters.io("8:0 Read 10\n8:0 Write 5\n8:0 Sync 15\n8:0 Total 15\nTotal 15\n"));
        assertEquals(new Counters.Io(4096, 0), Counters.processIo("rchar: 9\nread_bytes: 4096\nwrite_bytes: 0\ncancelled_write_bytes: 7\n"));
        assertEquals(Optional.of(new Pressure(Duration.ofMillis(1500), Duration.ofNanos(1000))),
                Counters.pressure("some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1\n"));
        assertEquals(Map.of("eth0", new NetworkUse(1, 2, 9, 10)), Counters.networks("Inter-|   Receive  |  Transmit\n face |bytes packets\n"
                + "    lo: 7 7 0 0 0 0 0 0 7 7 0 0 0 0 0 0\n  eth0:       1       2    3    4    5     6          7         8        9      10    11    12    13     14       15          16\n"));
        assertEquals(2048, Counters.memoryTotal("MemFree: 1 kB\nMemTotal:       2 kB\n"));
    }

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> pieces = Arbitraries.of("8:0 ", "rbytes=", "wbytes=", "Read ", "some ", "full ", " total=", "eth0:", " 1", " 99999999999999999999", "-1", "\n", "x", "read_bytes: ", "MemTotal:");
        return Arbitraries.oneOf(pieces.list().ofMaxSize(25).map(p -> String.join("", p)), Arbitraries.strings());
    }

    @Property
    void nothingBreaksThemAndNothingIsNegative(@ForAll("texts") String text) {
        for (Counters.Io io : new Counters.Io[] {Counters.io(text), Counters.processIo(text)}) {
            assertTrue(io.read() >= 0 && io.written() >= 0);
        }
        Counters.pressure(text).ifPresent(p -> assertTrue(!p.someStalled().isNegative() && !p.fullStalled().isNegative()));
        Counters.networks(text).values().forEach(n -> assertTrue(n.receivedBytes() >= 0 && n.sentPackets() >= 0));
        assertTrue(Counters.memoryTotal(text) >= 0);
    }
}
