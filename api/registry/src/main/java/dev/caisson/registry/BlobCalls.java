package dev.caisson.registry;

import dev.caisson.RegistryServer.Action;
import dev.caisson.registry.access.Caller;
import dev.caisson.registry.access.Gate;
import dev.caisson.registry.protocol.ByteRange;
import dev.caisson.registry.protocol.Code;
import dev.caisson.registry.protocol.Digest;
import dev.caisson.registry.protocol.Fault;
import dev.caisson.registry.protocol.Route;
import dev.caisson.registry.store.Repository;
import dev.caisson.registry.store.Store;
import java.io.IOException;
import java.util.Optional;

/** {@code /v2/NAME/blobs/DIGEST}: GET, also a part, HEAD, DELETE. */
final class BlobCalls {
    private static final String YEAR = "max-age=31536000";

    private final Store store;
    private final Gate gate;

    BlobCalls(Store store, Gate gate) {
        this.store = store;
        this.gate = gate;
    }

    void answer(Call call, Caller caller, Route route) throws IOException {
        if (call.reads()) {
            gate.check(caller, call.base(), route.repository(), Action.PULL);
            send(call, route);
        } else if (call.method().equals("DELETE")) {
            gate.check(caller, call.base(), route.repository(), Action.DELETE);
            if (!store.deleteBlob(route.repository(), Digest.parse(route.reference()))) {
                throw unknown(route);
            }
            call.answer(202);
        } else {
            throw call.notAllowed();
        }
    }

    private void send(Call call, Route route) throws IOException {
        Digest digest = Digest.parse(route.reference());
        Repository repository = store.repository(route.repository());
        if (call.method().equals("HEAD")) {
            repository.touch(digest);
        }
        String tag = "\"" + digest + "\"";
        try (Repository.Blob blob = repository.open(digest).orElseThrow(() -> unknown(route))) {
            long size = blob.size();
            call.digest(digest);
            call.set("Content-Type", "application/octet-stream");
            call.set("Accept-Ranges", "bytes");
            call.set("ETag", tag);
            call.set("Cache-Control", YEAR);
            String since = call.header("If-Range");
            Optional<ByteRange> part = since.isEmpty() || since.equals(tag) ? ByteRange.of(call.header("Range"), size) : Optional.empty();
            if (part.isPresent()) {
                call.set("Content-Range", part.get().contentRange(size));
                call.answer(206, blob.from(part.get().first()), part.get().length());
            } else {
                call.answer(200, blob.from(0), size);
            }
        }
    }

    private static Fault unknown(Route route) {
        return new Fault(Code.BLOB_UNKNOWN, "there is no blob " + route.reference() + " in " + route.repository());
    }
}
