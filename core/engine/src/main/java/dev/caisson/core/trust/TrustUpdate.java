package dev.caisson.core.trust;

import dev.caisson.TrustProblem;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The client's work flow (TUF 5, in the order Notary has it): the timestamp always comes from the server and says whether anything changed; snapshot, targets and delegations
 * come by their hashes, or from what was kept; if something does not hold, perhaps a newer root makes it hold, so then the root is asked for. What holds is kept.
 */
final class TrustUpdate {
    private static final int TIMESTAMP_LIMIT = 1 << 20;
    private static final int FILE_LIMIT = 16 << 20;

    private final String repository;
    private final MetadataSource source;
    private final TrustStore store;
    private final Pins pins;
    private final Clock clock;
    private final RootChain roots;

    TrustUpdate(String repository, MetadataSource source, TrustStore store, Pins pins, Clock clock) {
        this.repository = repository;
        this.source = source;
        this.store = store;
        this.pins = pins;
        this.clock = clock;
        this.roots = new RootChain(repository, source, pins, clock);
    }

    /**
     * Brings metadata up to date.
     *
     * @param wanted which delegations of {@code targets}
     * @throws TrustProblem if something does not hold
     */
    TrustView run(Predicate<String> wanted) {
        Optional<TrustState> kept = store.read(repository);
        if (kept.isEmpty()) {
            Root first = roots.first();
            return verified(first, new TrustState(first.signed().raw(), Map.of()), wanted);
        }
        Root known = roots.known(kept.get().root());
        try {
            return verified(known, kept.get(), wanted);
        } catch (TrustProblem e) {
            if (e.getCause() != null) {
                throw e; // nothing came, so no newer root will
            }
            return withNewerRoot(known, kept.get(), wanted, e);
        }
    }

    private TrustView withNewerRoot(Root known, TrustState kept, Predicate<String> wanted, TrustProblem why) {
        TrustState[] state = {kept};
        Optional<Root> newer;
        try {
            newer = roots.newer(known, (before, after) -> {
                state[0] = state[0].rotated(before, after);
                store.keep(repository, state[0]); // who is revoked stays revoked, whatever comes next
            });
        } catch (TrustProblem e) {
            e.addSuppressed(why);
            throw e;
        }
        return verified(newer.orElseThrow(() -> why), state[0], wanted);
    }

    private TrustView verified(Root root, TrustState kept, Predicate<String> wanted) {
        Instant now = clock.instant();
        Verification.current(root.signed(), now);
        pins.keys(root, now);
        Map<String, byte[]> files = new TreeMap<>();
        Snapshot timestamp = timestamp(root, kept, now);
        files.put(Role.TIMESTAMP, timestamp.signed().raw());
        Snapshot snapshot = Snapshot.parse(file(Role.SNAPSHOT, timestamp.file(Role.SNAPSHOT), kept, Role.TIMESTAMP), subject(Role.SNAPSHOT), Role.ROOT, Role.TARGETS);
        holds(snapshot.signed(), root.role(Role.SNAPSHOT), root.keys(), kept, now);
        files.put(Role.SNAPSHOT, snapshot.signed().raw());
        if (!snapshot.file(Role.ROOT).describes(root.signed().raw())) {
            throw subject(Role.ROOT).problem("version " + root.signed().version() + " is not the one that snapshot version " + snapshot.signed().version() + " names", Subject.HOSTILE);
        }
        Targets top = targets(subject(Role.TARGETS), root.role(Role.TARGETS), root.keys(), snapshot, kept, now);
        files.put(Role.TARGETS, top.signed().raw());
        Map<String, Targets> delegated = new LinkedHashMap<>();
        for (Targets.Delegation delegation : top.delegations()) {
            String name = delegation.role().name();
            if (!snapshot.files().containsKey(name)) {
                continue; // its owner has signed nothing yet: the snapshot's word
            }
            byte[] old = kept.file(name);
            if (wanted.test(name)) {
                delegated.put(name, targets(subject(name), delegation.role(), top.keys(), snapshot, kept, now));
                files.put(name, delegated.get(name).signed().raw());
            } else if (old != null) {
                files.put(name, old);
            }
        }
        store.keep(repository, new TrustState(root.signed().raw(), files));
        return new TrustView(root, timestamp, snapshot, top, delegated);
    }

    private Snapshot timestamp(Root root, TrustState kept, Instant now) {
        Subject subject = subject(Role.TIMESTAMP);
        byte[] raw = source.get(Role.TIMESTAMP, Role.TIMESTAMP, TIMESTAMP_LIMIT).orElseThrow(() -> subject.problem("there is none on " + source.where(), Subject.HOSTILE));
        Snapshot timestamp = Snapshot.parse(raw, subject, Role.SNAPSHOT);
        holds(timestamp.signed(), root.role(Role.TIMESTAMP), root.keys(), kept, now);
        byte[] old = kept.file(Role.TIMESTAMP);
        if (old != null) {
            Snapshot before = Snapshot.parse(old, subject, Role.SNAPSHOT);
            if (before.signed().version() == timestamp.signed().version() && !before.file(Role.SNAPSHOT).same(timestamp.file(Role.SNAPSHOT))) {
                throw subject.problem("version " + timestamp.signed().version() + " names another snapshot than the version " + timestamp.signed().version() + " seen before",
                        Subject.HOSTILE);
            }
        }
        return timestamp;
    }

    private Targets targets(Subject subject, Role role, Map<String, TrustKey> keys, Snapshot snapshot, TrustState kept, Instant now) {
        Targets targets = Targets.parse(file(subject.role(), snapshot.file(subject.role()), kept, Role.SNAPSHOT), subject);
        holds(targets.signed(), role, keys, kept, now);
        return targets;
    }

    private static void holds(Signed document, Role role, Map<String, TrustKey> keys, TrustState kept, Instant now) {
        Verification.signed(document, role, keys);
        Verification.notBefore(document, kept.version(document.subject()));
        Verification.current(document, now);
    }

    /** The file that another one names: what was kept, if it is that, else the server's. */
    private byte[] file(String role, FileMeta meta, TrustState kept, String namedBy) {
        byte[] old = kept.file(role);
        if (old != null && meta.describes(old)) {
            return old;
        }
        if (meta.length() > FILE_LIMIT) {
            throw subject(role).problem("it has " + meta.length() + " bytes, more than " + FILE_LIMIT, "the repository has more tags than can be looked at, or the server is hostile");
        }
        byte[] content = source.get(role + "." + meta.sha256(), role, (int) meta.length()).orElseThrow(() -> subject(role).problem(
                "the " + namedBy + " names it, but " + source.where() + " does not have it (SHA-256 " + meta.sha256() + ")", Subject.HOSTILE));
        if (!meta.describes(content)) {
            throw subject(role).problem("what came is not what the " + namedBy + " names: length or hash differ", Subject.HOSTILE);
        }
        return content;
    }

    private Subject subject(String role) {
        return new Subject(repository, role);
    }
}
