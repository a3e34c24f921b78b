package dev.caisson.network.overlay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.caisson.network.etcd.KeyValue;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.wireguard.HostKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The public keys of the other hosts, as etcd has them, and the tunnel that is told of them. Who has no key there gets nothing and is not listened to. Thread-safe. */
final class HostKeys implements Listener.Audience {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.network");
    private static final int MAX = 4096;

    private final Keys keys;
    private final int local;
    private final byte[] own;
    private final Far far;
    private final Runnable lost;
    /** What etcd has. */
    private final Map<Integer, byte[]> said = new TreeMap<>(Integer::compareUnsigned);
    /** What the tunnel has. */
    private final Map<Integer, byte[]> known = new TreeMap<>(Integer::compareUnsigned);
    private final Map<Integer, String> refused = new TreeMap<>(Integer::compareUnsigned);

    /** What is told of keys: the kernel, or a test's record of it. */
    interface Far {
        /** The host has this key, and no other host has. */
        void add(int host, byte[] publicKey);

        void remove(byte[] publicKey);
    }

    /**
     * Nobody's yet.
     *
     * @param local this host
     * @param own its key
     * @param lost is called when etcd no longer has that
     */
    HostKeys(Keys keys, int local, byte[] own, Far far, Runnable lost) {
        this.keys = keys;
        this.local = local;
        this.own = own.clone();
        this.far = far;
        this.lost = lost;
    }

    /** The value of a host's key. */
    static byte[] json(byte[] publicKey) {
        return JsonNodeFactory.instance.objectNode().put("wireguard", Base64.getEncoder().encodeToString(publicKey)).toString().getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] parse(byte[] value) throws Foreign.Refused {
        JsonNode node = Foreign.object(value);
        try {
            byte[] key = Base64.getDecoder().decode(Foreign.text(node, "wireguard"));
            if (key.length == HostKey.BYTES) {
                return key;
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new Foreign.Refused("its key is none");
    }

    @Override
    public String prefix() {
        return keys.hostKeys();
    }

    @Override
    public void replaced(Map<Integer, KeyValue> all) {
        synchronized (this) {
            said.clear();
            refused.keySet().retainAll(all.keySet());
            all.forEach(this::hear);
            settle();
        }
        mine(Optional.ofNullable(all.get(local)));
    }

    @Override
    public void changed(int host, Optional<KeyValue> now) {
        synchronized (this) {
            said.remove(host);
            now.ifPresentOrElse(entry -> hear(host, entry), () -> refused.remove(host));
            settle();
        }
        if (host == local) {
            mine(now);
        }
    }

    /** Without the lock: who is called has one of his own. */
    private void mine(Optional<KeyValue> now) {
        if (now.isEmpty() || !Arrays.equals(now.get().value(), json(own))) {
            lost.run();
        }
    }

    private void hear(int host, KeyValue entry) {
        if (host == local) {
            return;
        }
        try {
            byte[] key = parse(entry.value());
            if (!Member.isHost(host)) {
                throw new Foreign.Refused("no host has that address");
            }
            if (said.size() >= MAX) {
                throw new Foreign.Refused("there are " + MAX + " already");
            }
            said.put(host, key);
        } catch (Foreign.Refused e) {
            refuse(host, String.valueOf(e.getMessage()));
        }
    }

    private void refuse(int host, String why) {
        if ((refused.size() < MAX || refused.containsKey(host)) && !why.equals(refused.put(host, why))) {
            LOG.warn("overlay network '{}': host {} is out of reach: {}", keys.network(), Prefix.text(host), why);
        }
    }

    /** Has the tunnel know what etcd has. Who had a key first keeps it: WireGuard knows one host by one key. */
    private void settle() {
        for (int host : List.copyOf(known.keySet())) {
            byte[] before = known.get(host);
            if (!Arrays.equals(before, said.get(host))) {
                known.remove(host);
                try {
                    far.remove(before);
                } catch (RuntimeException e) {
                    LOG.warn("overlay network '{}': the key of host {} could not be forgotten: {}", keys.network(), Prefix.text(host), e.toString());
                }
            }
        }
        said.forEach((host, key) -> {
            if (known.containsKey(host)) {
                return;
            }
            if (Arrays.equals(key, own) || known.values().stream().anyMatch(k -> Arrays.equals(k, key))) {
                refuse(host, "its key is another host's");
                return;
            }
            try {
                far.add(host, key);
                known.put(host, key);
                refused.remove(host);
            } catch (RuntimeException e) {
                refuse(host, String.valueOf(e.getMessage()));
            }
        });
    }

    /** What could not be followed, in words. */
    synchronized List<String> problems() {
        List<String> all = new ArrayList<>();
        refused.forEach((host, why) -> all.add("host " + Prefix.text(host) + " is out of reach: " + why));
        return all;
    }
}
