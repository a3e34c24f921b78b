package dev.caisson.core.trust;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A repository whose publisher and server are the test: everything can be signed by anybody, with any version and end. Written in canonical form. */
final class TestRepository implements MetadataSource {
    /** What the server has, by name. */
    final Map<String, byte[]> files = new TreeMap<>();
    final List<String> asked = new ArrayList<>();
    final Map<String, List<TestSigner>> signers = new TreeMap<>();
    final Map<String, Integer> thresholds = new TreeMap<>();
    final Map<String, Long> versions = new TreeMap<>();
    final Map<String, Instant> expires = new TreeMap<>();
    final Map<String, Map<String, String>> targets = new TreeMap<>();
    final Map<String, String> paths = new LinkedHashMap<>();
    /** Who signs a role's file, where it is not who may. */
    final Map<String, List<TestSigner>> forgers = new TreeMap<>();

    TestRepository(TestSigner root) {
        signers.put(Role.ROOT, List.of(root));
        signers.put(Role.TARGETS, List.of(TestSigner.of("ecdsa", "targets")));
        signers.put(Role.SNAPSHOT, List.of(TestSigner.of("ed25519", "snapshot")));
        signers.put(Role.TIMESTAMP, List.of(TestSigner.of("ed25519", "timestamp")));
    }

    @Override
    public String where() {
        return "https://notary.test";
    }

    @Override
    public Optional<byte[]> get(String name, String role, int limit) {
        asked.add(name);
        byte[] content = files.get(name);
        if (content != null && content.length > limit) {
            throw new dev.caisson.TrustProblem(TrustRoom.GUN, role, "sends more than the " + limit + " bytes", "");
        }
        return Optional.ofNullable(content);
    }

    TestRepository target(String role, String tag, String content) {
        targets.computeIfAbsent(role, k -> new TreeMap<>()).put(tag, "{\"hashes\":{\"sha256\":\"" + base64("SHA-256", content.getBytes(StandardCharsets.UTF_8)) + "\"},\"length\":"
                + content.length() + "}");
        return this;
    }

    TestRepository delegate(String role, String path, TestSigner... who) {
        signers.put(role, List.of(who));
        paths.put(role, path);
        return this;
    }

    /** A new root, of the next version; by those before and those now. */
    byte[] root(TestSigner... alsoBy) {
        long version = versions.merge(Role.ROOT, 1L, Long::sum);
        Set<TestSigner> keys = new LinkedHashSet<>();
        String roles = List.of(Role.ROOT, Role.SNAPSHOT, Role.TARGETS, Role.TIMESTAMP).stream().map(role -> {
            keys.addAll(signers.get(role));
            return "\"" + role + "\":" + role(role);
        }).collect(Collectors.joining(","));
        List<TestSigner> by = new ArrayList<>(forgers.getOrDefault(Role.ROOT, signers.get(Role.ROOT)));
        by.addAll(Arrays.asList(alsoBy));
        byte[] root = sign("{\"_type\":\"Root\",\"consistent_snapshot\":false,\"expires\":\"" + end(Role.ROOT) + "\",\"keys\":{" + keys(keys) + "},\"roles\":{" + roles + "},\"version\":" + version
                + "}", by);
        files.put("root", root);
        files.put(version + ".root", root);
        return root;
    }

    private String role(String name) {
        return "{\"keyids\":[" + signers.get(name).stream().map(s -> "\"" + s.id() + "\"").collect(Collectors.joining(",")) + "],\"threshold\":" + thresholds.getOrDefault(name, 1) + "}";
    }

    private static String keys(Set<TestSigner> keys) {
        return keys.stream().map(s -> "\"" + s.id() + "\":" + s.json()).sorted().collect(Collectors.joining(","));
    }

    /** New targets, delegations, snapshot and timestamp. */
    TestRepository publish() {
        if (!files.containsKey("root")) {
            root();
        }
        Map<String, byte[]> named = new TreeMap<>();
        named.put(Role.ROOT, files.get("root"));
        for (String role : paths.keySet()) {
            if (targets.containsKey(role)) {
                named.put(role, put(role, targets(role, "{\"keys\":{},\"roles\":[]}")));
            }
        }
        Set<TestSigner> keys = new LinkedHashSet<>();
        paths.keySet().forEach(role -> keys.addAll(signers.get(role)));
        String delegations = "{\"keys\":{" + keys(keys) + "},\"roles\":[" + paths.keySet().stream().map(role -> role(role).replaceFirst(",\"threshold\"",
                ",\"name\":\"" + role + "\",\"paths\":[\"" + paths.get(role) + "\"],\"threshold\"")).collect(Collectors.joining(",")) + "]}";
        named.put(Role.TARGETS, put(Role.TARGETS, targets(Role.TARGETS, delegations)));
        byte[] snapshot = put(Role.SNAPSHOT, meta(Role.SNAPSHOT, named));
        files.put(Role.TIMESTAMP, meta(Role.TIMESTAMP, Map.of(Role.SNAPSHOT, snapshot)));
        return this;
    }

    private byte[] put(String role, byte[] content) {
        files.put(role + "." + HexFormat.of().formatHex(TrustKey.sha256(content)), content);
        return content;
    }

    private byte[] targets(String role, String delegations) {
        String all = targets.getOrDefault(role, Map.of()).entrySet().stream().map(e -> "\"" + e.getKey() + "\":" + e.getValue()).collect(Collectors.joining(","));
        return sign("{\"_type\":\"Targets\",\"delegations\":" + delegations + ",\"expires\":\"" + end(role) + "\",\"targets\":{" + all + "},\"version\":" + next(role) + "}", by(role));
    }

    private byte[] meta(String role, Map<String, byte[]> named) {
        String all = new TreeMap<>(named).entrySet().stream().map(e -> "\"" + e.getKey() + "\":{\"hashes\":{\"sha256\":\"" + base64("SHA-256", e.getValue()) + "\",\"sha512\":\""
                + base64("SHA-512", e.getValue()) + "\"},\"length\":" + e.getValue().length + "}").collect(Collectors.joining(","));
        String type = role.substring(0, 1).toUpperCase() + role.substring(1);
        return sign("{\"_type\":\"" + type + "\",\"expires\":\"" + end(role) + "\",\"meta\":{" + all + "},\"version\":" + next(role) + "}", by(role));
    }

    private List<TestSigner> by(String role) {
        return forgers.getOrDefault(role, signers.get(role));
    }

    private long next(String role) {
        return versions.merge(role, 1L, Long::sum);
    }

    private Instant end(String role) {
        return expires.getOrDefault(role, Instant.parse("2099-01-01T00:00:00Z"));
    }

    static byte[] sign(String body, List<TestSigner> by) {
        return ("{\"signed\":" + body + ",\"signatures\":[" + by.stream().map(s -> s.sign(body)).collect(Collectors.joining(",")) + "]}").getBytes(StandardCharsets.UTF_8);
    }

    private static String base64(String algorithm, byte[] content) {
        return Base64.getEncoder().encodeToString(TrustKey.digest(algorithm, content));
    }
}
