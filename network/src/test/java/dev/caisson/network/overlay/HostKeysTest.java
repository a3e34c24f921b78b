package dev.caisson.network.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.network.etcd.KeyValue;
import dev.caisson.network.rtnetlink.Prefix;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Whom the tunnel is told of. Row 109. */
class HostKeysTest {
    private static final int LOCAL = Prefix.parseAddress("192.168.77.11");
    private final Map<Integer, Byte> tunnel = new TreeMap<>();
    private boolean broken;
    private int lost;
    private final HostKeys keys = new HostKeys(new Keys("/caisson", "mesh"), LOCAL, key(1), new HostKeys.Far() {
        @Override
        public void add(int host, byte[] publicKey) {
            if (broken) {
                throw new IllegalStateException("no room");
            }
            assertEquals(null, tunnel.put(host, publicKey[0]));
            assertEquals(tunnel.size(), tunnel.values().stream().distinct().count(), "one host a key");
        }

        @Override
        public void remove(byte[] publicKey) {
            assertTrue(tunnel.values().remove(publicKey[0]));
        }
    }, () -> lost++);

    private static byte[] key(int number) {
        byte[] key = new byte[32];
        Arrays.fill(key, (byte) number);
        return key;
    }

    private static KeyValue value(byte[] value) {
        return new KeyValue("k", value, 1, 0);
    }

    private static KeyValue said(int number) {
        return value(HostKeys.json(key(number)));
    }

    private void changed(int host, int number) {
        keys.changed(LOCAL + host, number == 0 ? Optional.empty() : Optional.of(said(number)));
    }

    @Test
    void hostsComeChangeAndGo() {
        changed(1, 2);
        changed(2, 3);
        assertEquals(Map.of(LOCAL + 1, (byte) 2, LOCAL + 2, (byte) 3), tunnel);
        changed(1, 9);
        assertEquals(Map.of(LOCAL + 1, (byte) 9, LOCAL + 2, (byte) 3), tunnel, "one that began anew");
        changed(2, 0);
        keys.replaced(Map.of(LOCAL, said(1), LOCAL + 3, said(4)));
        assertEquals(Map.of(LOCAL + 3, (byte) 4), tunnel);
        assertEquals(List.of(), keys.problems());
    }

    @Test
    void whoHasAKeyKeepsIt() {
        changed(2, 2);
        changed(1, 2);
        assertEquals(Map.of(LOCAL + 2, (byte) 2), tunnel);
        assertEquals(List.of("host 192.168.77.12 is out of reach: its key is another host's"), keys.problems());
        changed(3, 1);
        assertTrue(keys.problems().size() == 2 && tunnel.size() == 1, "this host's own key");
        changed(2, 0);
        assertEquals((byte) 2, tunnel.get(LOCAL + 1), "now it is free");
        changed(3, 5);
        assertEquals(List.of(), keys.problems());
    }

    @Test
    void whatIsNoKeyIsAProblem() {
        for (String each : List.of("", "{}", "[]", "{\"wireguard\":7}", "{\"wireguard\":\"AAAA\"}", "{\"wireguard\":\"!\"}")) {
            keys.changed(LOCAL + 1, Optional.of(value(each.getBytes(StandardCharsets.UTF_8))));
            assertTrue(tunnel.isEmpty() && keys.problems().size() == 1, each);
        }
        keys.changed(Prefix.parseAddress("127.0.0.1"), Optional.of(said(2)));
        assertEquals(2, keys.problems().size(), "no host's address");
        broken = true;
        changed(1, 7);
        assertTrue(keys.problems().toString().contains("no room"));
        broken = false;
        keys.replaced(Map.of(LOCAL, said(1), LOCAL + 1, said(7)));
        assertEquals(Map.of(LOCAL + 1, (byte) 7), tunnel, "tried again");
        assertEquals(List.of(), keys.problems());
    }

    @Test
    void itsOwnIsMissed() {
        keys.replaced(Map.of(LOCAL, said(1)));
        assertEquals(0, lost);
        keys.changed(LOCAL, Optional.empty());
        keys.changed(LOCAL, Optional.of(said(8)));
        keys.replaced(Map.of());
        assertEquals(3, lost);
        assertTrue(tunnel.isEmpty());
    }

    /** Whatever is said in whatever order, the tunnel has what was said last, no key twice, and never its own. */
    @Property(tries = 500)
    void anyOrder(@ForAll @Size(max = 40) byte[] steps) {
        new HostKeysTest().ordered(steps); // all tries have one instance
    }

    private void ordered(byte[] steps) {
        Map<Integer, KeyValue> now = new HashMap<>();
        for (byte step : steps) {
            int host = LOCAL + (step & 3);
            int number = step >> 2 & 7;
            if (number == 0) {
                now.remove(host);
            } else {
                now.put(host, said(number));
            }
            keys.changed(host, Optional.ofNullable(now.get(host)));
        }
        keys.replaced(now);
        tunnel.forEach((host, number) -> assertTrue(host != LOCAL && number != 1 && Arrays.equals(now.get(host).value(), HostKeys.json(key(number)))));
        long distinct = now.entrySet().stream().filter(e -> e.getKey() != LOCAL).map(e -> new String(e.getValue().value(), StandardCharsets.UTF_8))
                .filter(v -> !v.equals(new String(HostKeys.json(key(1)), StandardCharsets.UTF_8))).distinct().count();
        assertEquals(distinct, tunnel.size());
        keys.replaced(Map.of());
        assertTrue(tunnel.isEmpty());
    }
}
