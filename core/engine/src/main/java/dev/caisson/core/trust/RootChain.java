package dev.caisson.core.trust;

import java.time.Clock;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BiConsumer;

/** From the root that is known to the newest: each is signed by the keys of the one before and by its own (TUF 5.3). */
final class RootChain {
    private static final int LIMIT = 4 << 20;
    private static final int LONGEST = 1024;

    private final Subject subject;
    private final MetadataSource source;
    private final Pins pins;
    private final Clock clock;

    RootChain(String repository, MetadataSource source, Pins pins, Clock clock) {
        this.subject = new Subject(repository, Role.ROOT);
        this.source = source;
        this.pins = pins;
        this.clock = clock;
    }

    /** The first one: whoever is pinned, else whoever comes. */
    Root first() {
        pins.first(subject);
        byte[] raw = source.get(Role.ROOT, Role.ROOT, LIMIT).orElseThrow(() -> subject.problem("there is none on " + source.where() + ": nobody has signed this repository",
                "use a repository that is signed, a digest (name@sha256:…), or ContentTrust.disabled(); its publisher signs with docker trust sign"));
        Root root = Root.parse(raw, subject);
        Verification.signed(root.signed(), pins.keys(root, clock.instant()), root.keys());
        return root;
    }

    /** The one that is kept, looked at again: pins may have changed. */
    Root known(byte[] kept) {
        Root root = Root.parse(kept, subject);
        Verification.signed(root.signed(), pins.keys(root, null), root.keys());
        return root;
    }

    /**
     * The newest, if there is a newer one.
     *
     * @param step is told of each that follows another
     */
    Optional<Root> newer(Root known, BiConsumer<Root, Root> step) {
        byte[] newest = source.get(Role.ROOT, Role.ROOT, LIMIT).orElseThrow(() -> subject.problem("there is none any more on " + source.where() + ", version "
                + known.signed().version() + " was seen before", "ask the publisher; nothing of the image was used"));
        if (Arrays.equals(newest, known.signed().raw())) {
            return Optional.empty();
        }
        Signed last = Signed.parse(newest, subject);
        Verification.notBefore(last, known.signed().version());
        if (last.version() == known.signed().version()) {
            throw subject.problem("another version " + last.version() + " than the one seen before was offered", Subject.HOSTILE);
        }
        if (last.version() - known.signed().version() > LONGEST) {
            throw subject.problem("version " + last.version() + " is more than " + LONGEST + " after version " + known.signed().version(), Subject.HOSTILE);
        }
        Root root = known;
        for (long version = known.signed().version() + 1; version <= last.version(); version++) {
            String name = version + "." + Role.ROOT;
            byte[] raw = version == last.version() ? newest : source.get(name, Role.ROOT, LIMIT).orElseThrow(() -> subject.problem(name + ".json is missing on "
                    + source.where() + ", so that version " + last.version() + " does not follow from version " + known.signed().version(), Subject.HOSTILE));
            root = next(root, raw, version, version == last.version(), step);
        }
        return Optional.of(root);
    }

    private Root next(Root before, byte[] raw, long version, boolean last, BiConsumer<Root, Root> step) {
        Root root = Root.parse(raw, subject);
        if (root.signed().version() != version) {
            throw subject.problem("version " + root.signed().version() + " was offered as version " + version, Subject.HOSTILE);
        }
        Verification.signed(root.signed(), pins.keys(before, null), before.keys());
        Verification.signed(root.signed(), pins.keys(root, last ? clock.instant() : null), root.keys());
        step.accept(before, root);
        return root;
    }
}
