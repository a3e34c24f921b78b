package dev.caisson.registry;

import dev.caisson.RegistryServer.Action;
import dev.caisson.registry.access.Caller;
import dev.caisson.registry.access.Gate;
import dev.caisson.registry.protocol.Code;
import dev.caisson.registry.protocol.Digest;
import dev.caisson.registry.protocol.Fault;
import dev.caisson.registry.protocol.Manifest;
import dev.caisson.registry.protocol.Names;
import dev.caisson.registry.protocol.Route;
import dev.caisson.registry.store.Repository;
import dev.caisson.registry.store.Store;
import java.io.IOException;

/** {@code /v2/NAME/manifests/REFERENCE}: GET, HEAD, PUT, DELETE by tag and by digest. */
final class ManifestCalls {
    private final Store store;
    private final Gate gate;

    ManifestCalls(Store store, Gate gate) {
        this.store = store;
        this.gate = gate;
    }

    void answer(Call call, Caller caller, Route route) throws IOException {
        if (call.reads()) {
            gate.check(caller, call.base(), route.repository(), Action.PULL);
            send(call, route);
        } else if (call.method().equals("PUT")) {
            gate.check(caller, call.base(), route.repository(), Action.PUSH);
            take(call, route);
        } else if (call.method().equals("DELETE")) {
            gate.check(caller, call.base(), route.repository(), Action.DELETE);
            boolean was = Digest.looksLike(route.reference()) ? store.deleteManifest(route.repository(), Digest.parse(route.reference()))
                    : store.deleteTag(route.repository(), Names.tag(route.reference()));
            if (!was) {
                throw unknown(route);
            }
            call.answer(202);
        } else {
            throw call.notAllowed();
        }
    }

    private void send(Call call, Route route) throws IOException {
        Repository repository = store.repository(route.repository());
        Digest digest = Digest.looksLike(route.reference()) ? Digest.parse(route.reference())
                : repository.tag(Names.tag(route.reference())).orElseThrow(() -> unknown(route));
        Repository.Stored stored = repository.fetch(digest).orElseThrow(() -> unknown(route));
        call.digest(digest);
        call.set("ETag", "\"" + digest + "\"");
        call.answer(200, stored.mediaType(), stored.content());
    }

    private void take(Call call, Route route) throws IOException {
        Digest expected = Digest.looksLike(route.reference()) ? Digest.parse(route.reference()) : null;
        String tag = expected == null ? Names.tag(route.reference()) : null;
        byte[] content = call.body(Manifest.LIMIT);
        Digest digest = Digest.of(expected == null ? "sha256" : expected.algorithm(), content);
        if (expected != null && !digest.equals(expected)) {
            throw new Fault(Code.DIGEST_INVALID, "what was sent has the digest " + digest);
        }
        Manifest manifest = Manifest.parse(content, call.header("Content-Type"));
        store.put(route.repository(), new Repository.Stored(content, manifest.mediaType(), digest), manifest, tag);
        call.set("Location", "/v2/" + route.repository() + "/manifests/" + digest);
        call.digest(digest);
        if (manifest.subject() != null) {
            call.set("OCI-Subject", manifest.subject().toString());
        }
        call.answer(201);
    }

    private static Fault unknown(Route route) {
        return new Fault(Code.MANIFEST_UNKNOWN, "there is no manifest " + route.reference() + " in " + route.repository());
    }
}
