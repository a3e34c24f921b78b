package dev.caisson.registry;

import dev.caisson.RegistryServer.Action;
import dev.caisson.registry.access.Caller;
import dev.caisson.registry.access.Gate;
import dev.caisson.registry.protocol.ByteRange;
import dev.caisson.registry.protocol.ChunkRange;
import dev.caisson.registry.protocol.Code;
import dev.caisson.registry.protocol.Digest;
import dev.caisson.registry.protocol.Fault;
import dev.caisson.registry.protocol.Names;
import dev.caisson.registry.protocol.Query;
import dev.caisson.registry.protocol.Route;
import dev.caisson.registry.store.Store;
import dev.caisson.registry.store.Upload;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code /v2/NAME/blobs/uploads/}: whole blobs, blobs in chunks, blobs of other repositories. */
final class UploadCalls {
    private final Store store;
    private final Gate gate;

    UploadCalls(Store store, Gate gate) {
        this.store = store;
        this.gate = gate;
    }

    /** POST. */
    void begin(Call call, Caller caller, String repository) throws IOException {
        if (!call.method().equals("POST")) {
            throw call.notAllowed();
        }
        gate.check(caller, call.base(), repository, Action.PUSH);
        Query query = call.query();
        if (query.has("mount") && query.has("from")) {
            Digest digest = Digest.parse(query.one("mount"));
            String from = Names.repository(query.one("from"));
            if (gate.may(caller, from, Action.PULL) && store.mount(digest, from, repository)) {
                created(call, repository, digest);
                return;
            }
        }
        Digest whole = query.has("digest") ? Digest.parse(query.one("digest")) : null;
        Upload upload = store.uploads().begin(repository, caller.user());
        if (whole == null) {
            progress(call, 202, upload);
        } else {
            try {
                append(call, upload, whole);
            } catch (IOException | Fault e) {
                store.uploads().remove(upload); // its name was told to nobody
                throw e;
            }
        }
    }

    /** PATCH, PUT, GET and DELETE of one. */
    @SuppressWarnings("try")
    void answer(Call call, Caller caller, Route route) throws IOException {
        gate.check(caller, call.base(), route.repository(), Action.PUSH);
        String digest = call.method().equals("PUT") ? call.query().one("digest") : "";
        Digest last = call.method().equals("PUT") ? Digest.parse(digest) : null;
        Upload upload = store.uploads().find(route.reference(), route.repository(), caller.user());
        switch (call.method()) {
            case "PATCH", "PUT" -> append(call, upload, last);
            case "GET", "HEAD" -> progress(call, 204, upload);
            case "DELETE" -> {
                try (Upload.Turn turn = upload.take()) {
                    store.uploads().remove(upload);
                }
                call.answer(204);
            }
            default -> throw call.notAllowed();
        }
    }

    @SuppressWarnings("try")
    private void append(Call call, Upload upload, @Nullable Digest last) throws IOException {
        try (Upload.Turn turn = upload.take()) {
            Optional<ChunkRange> range = ChunkRange.of(call.header("Content-Range"));
            if (range.isPresent()) {
                String length = call.header("Content-Length");
                if (range.get().first() != upload.size()) {
                    throw new Fault(Code.RANGE_INVALID, 416, "the next byte is " + upload.size(), Map.of("Location", location(upload), "Range", range(upload)));
                }
                if (!length.isEmpty() && ByteRange.number(length) != range.get().length()) {
                    throw new Fault(Code.SIZE_INVALID, "Content-Range and Content-Length disagree");
                }
            }
            upload.append(call.body());
            if (range.isPresent() && upload.size() != range.get().last() + 1) {
                throw new Fault(Code.SIZE_INVALID, "the chunk has another length than its Content-Range says");
            }
            if (last != null) {
                store.finish(upload, last);
            }
        }
        if (last != null) {
            created(call, upload.repository(), last);
        } else {
            progress(call, 202, upload);
        }
    }

    private static void created(Call call, String repository, Digest digest) throws IOException {
        call.set("Location", "/v2/" + repository + "/blobs/" + digest);
        call.digest(digest);
        call.answer(201);
    }

    private static void progress(Call call, int status, Upload upload) throws IOException {
        call.set("Location", location(upload));
        call.set("Range", range(upload));
        call.set("Docker-Upload-UUID", upload.id());
        call.answer(status);
    }

    private static String location(Upload upload) {
        return "/v2/" + upload.repository() + "/blobs/uploads/" + upload.id();
    }

    /** Of nothing it is what it is of one byte, as docker's registry says it: there is no way to write an empty range. */
    private static String range(Upload upload) {
        return "0-" + Math.max(0, upload.size() - 1);
    }
}
