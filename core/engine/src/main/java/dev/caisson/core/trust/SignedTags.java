package dev.caisson.core.trust;

import dev.caisson.ContentTrust;
import dev.caisson.ImageTrust;
import dev.caisson.ImageTrust.SignedTag;
import dev.caisson.Stage;
import dev.caisson.TrustProblem;
import dev.caisson.core.content.Digest;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What a repository's publisher has signed, brought up to date and verified at each question. */
public final class SignedTags {
    private static final int SHOWN = 20;
    private static final String OWNER = "Repo Admin";

    private final String repository;
    private final TrustUpdate update;
    private final Clock clock;

    /**
     * @param repository registry and repository, normalised: {@code docker.io/library/nginx}
     * @param trust what is pinned
     * @param store what was seen before
     */
    public SignedTags(String repository, MetadataSource source, ContentTrust trust, TrustStore store, Clock clock) {
        this.repository = repository;
        this.clock = clock;
        this.update = new TrustUpdate(repository, source, store, new Pins(trust), clock);
    }

    /**
     * A signed manifest or index.
     *
     * @param size in bytes
     * @param role who signed: {@code targets/releases} or {@code targets}
     */
    public record Target(Digest digest, long size, String role) {}

    /**
     * What a tag is.
     *
     * @throws dev.caisson.TrustProblem if it is not signed, or the metadata does not hold
     */
    public Target resolve(String tag) {
        TrustView view = update.run(Role.RELEASES::equals);
        TrustView.Found found = view.released(tag).orElseThrow(() -> {
            Set<String> tags = tags(view);
            String some = tags.stream().limit(SHOWN).collect(Collectors.joining(", ")).replaceAll("\\p{Cntrl}", "?");
            return new Subject(repository, Role.TARGETS).problem("the tag '" + tag + "' is not signed; " + (tags.isEmpty() ? "no tag is" : "signed are " + some + (tags.size() > SHOWN ? " …" : "")),
                    "use a signed tag, a digest (name@sha256:…), or ContentTrust.disabled(); its publisher signs it with docker trust sign");
        });
        return new Target(new Digest("sha256", found.meta().sha256()), found.meta().length(), found.role());
    }

    /** Everything that is signed, for those tags and digests. */
    public ImageTrust inspect(URI server, Predicate<SignedTag> wanted) {
        TrustView view = update.run(role -> true);
        Map<String, List<String>> signers = new LinkedHashMap<>();
        view.top().delegations().stream().map(Targets.Delegation::role).filter(role -> !role.name().equals(Role.RELEASES))
                .forEach(role -> signers.put(shortName(role.name()), List.copyOf(role.keyIds())));
        List<SignedTag> tags = new ArrayList<>();
        for (String tag : tags(view)) {
            view.released(tag).ifPresent(found -> tags.add(new SignedTag(tag, "sha256:" + found.meta().sha256(), found.meta().length(), signers(view, tag, found))));
        }
        return new ImageTrust(repository, server, List.copyOf(view.root().role(Role.ROOT).keyIds()), List.copyOf(view.root().role(Role.TARGETS).keyIds()), signers,
                tags.stream().filter(wanted).toList(), view.expires());
    }

    /**
     * Whether a key may sign a tag for release: to be asked before anything is pushed.
     *
     * @throws dev.caisson.TrustProblem if it may not
     */
    public void mayRelease(String tag, Path key) {
        new TagSigner(repository, key).roles(update.run(role -> true), tag);
    }

    /**
     * Signs a tag for release.
     *
     * @param size of the manifest, in bytes
     * @throws dev.caisson.TrustProblem if the key may not sign it, or the server does not take it
     */
    public void release(String tag, Digest digest, long size, Path key, MetadataSink server) {
        server.put(new TagSigner(repository, key).sign(update.run(role -> true), tag, digest, size, clock.instant()));
        if (!resolve(tag).digest().equals(digest)) {
            throw new TrustProblem(Stage.PUSH, repository, Role.RELEASES, "'" + tag + "' was signed as " + digest + ", but the server tells another digest",
                    "somebody else has signed the tag meanwhile; push again", null);
        }
    }

    private static List<String> signers(TrustView view, String tag, TrustView.Found released) {
        List<String> names = view.delegated().keySet().stream().filter(role -> !role.equals(Role.RELEASES))
                .filter(role -> view.by(role, tag).filter(f -> f.meta().sha256().equals(released.meta().sha256())).isPresent()).map(SignedTags::shortName).toList();
        return names.isEmpty() ? List.of(OWNER) : names;
    }

    private static Set<String> tags(TrustView view) {
        Set<String> tags = new TreeSet<>(view.top().targets().keySet());
        Targets releases = view.delegated().get(Role.RELEASES);
        if (releases != null) {
            releases.targets().keySet().stream().filter(tag -> view.by(Role.RELEASES, tag).isPresent()).forEach(tags::add);
        }
        return tags;
    }

    private static String shortName(String role) {
        return role.substring(Role.TARGETS.length() + 1);
    }
}
