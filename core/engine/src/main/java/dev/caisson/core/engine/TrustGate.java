package dev.caisson.core.engine;

import dev.caisson.ContentTrust;
import dev.caisson.ImageTrust;
import dev.caisson.Stage;
import dev.caisson.TrustProblem;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.ImageReference;
import dev.caisson.core.registry.NotaryServer;
import dev.caisson.core.registry.Registries;
import dev.caisson.core.trust.SignedTags;
import dev.caisson.core.trust.TrustSettings;
import dev.caisson.core.trust.TrustStore;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;

/** Where content trust has a say: a tag becomes the digest that is signed for it, or an error. */
final class TrustGate {
    private final TrustSettings settings;
    private final Registries registries;
    private final EngineHome home;

    TrustGate(Optional<ContentTrust> given, Registries registries, EngineHome home) {
        this.settings = new TrustSettings(given, System.getenv());
        this.registries = registries;
        this.home = home;
    }

    /**
     * What is signed.
     *
     * @param tag what was asked for
     * @param name the same repository with the digest
     * @param size of the manifest or index, in bytes
     */
    record Pinned(ImageReference tag, ImageReference name, long size) {}

    /** The engine's own. */
    ContentTrust standard() {
        return settings.standard();
    }

    /** A digest needs nobody's word, as docker has it. */
    Optional<Pinned> pinned(ImageReference name, ContentTrust trust) {
        String tag = name.tag();
        if (!trust.enabled() || name.digest() != null || tag == null) {
            return Optional.empty();
        }
        SignedTags.Target target = tags(name, server(name, trust), trust).resolve(tag);
        return Optional.of(new Pinned(name, new ImageReference(name.domain(), name.path(), null, target.digest()), target.size()));
    }

    /** @param text as the user wrote it: a tag that is not written is none */
    ImageTrust inspect(ImageReference name, String text) {
        NotaryServer server = server(name, standard());
        boolean tagged = name.tag() != null && text.endsWith(":" + name.tag());
        return tags(name, server, standard()).inspect(server.address(), t ->
                (!tagged || t.tag().equals(name.tag())) && (name.digest() == null || t.digest().equals(name.digest().toString())));
    }

    /** Signs what was pushed. */
    @FunctionalInterface
    interface Release {
        void sign(Digest digest, long size);
    }

    /**
     * How a tag that is going to be pushed will be signed: docker signs what it pushes, and who cannot must not push what nobody will be able to pull.
     *
     * @return empty where content trust has no say
     * @throws TrustProblem if there is no key, or it may not
     */
    Optional<Release> release(ImageReference name, ContentTrust trust) {
        String tag = name.tag();
        if (!trust.enabled() || tag == null) {
            return Optional.empty();
        }
        Path key = trust.signingKey();
        if (key == null) {
            throw new TrustProblem(Stage.PUSH, name.name(), "targets/releases", "pushing " + name + " with content trust on has to sign it, and there is no signing key",
                    "give it one: ContentTrust.signingKey(file); or push with ContentTrust.disabled(), then sign: notary addhash " + name.name() + " " + tag + " SIZE --sha256 DIGEST --publish",
                    null);
        }
        NotaryServer server = server(name, trust);
        SignedTags tags = tags(name, server, trust);
        tags.mayRelease(tag, key);
        return Optional.of((digest, size) -> tags.release(tag, digest, size, key, server));
    }

    private NotaryServer server(ImageReference name, ContentTrust trust) {
        return new NotaryServer(registries, name, settings.chosen(trust));
    }

    private SignedTags tags(ImageReference name, NotaryServer server, ContentTrust trust) {
        return new SignedTags(name.name(), server, trust, new TrustStore(home.root().resolve("trust")), Clock.systemUTC());
    }
}
