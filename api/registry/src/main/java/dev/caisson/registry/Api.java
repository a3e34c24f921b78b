package dev.caisson.registry;

import dev.caisson.registry.access.Caller;
import dev.caisson.registry.access.Gate;
import dev.caisson.registry.http.BadRequest;
import dev.caisson.registry.http.ClientGone;
import dev.caisson.registry.http.Exchange;
import dev.caisson.registry.http.Handler;
import dev.caisson.registry.protocol.Code;
import dev.caisson.registry.protocol.Fault;
import dev.caisson.registry.protocol.Route;
import dev.caisson.registry.store.Store;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The distribution protocol (OCI distribution spec 1.1): who asks, for what, and who answers. */
final class Api implements Handler {
    private static final Logger LOG = LoggerFactory.getLogger(Api.class);

    private final Gate gate;
    private final String scheme;
    private final String ownHost;
    private final BlobCalls blobs;
    private final UploadCalls uploads;
    private final ManifestCalls manifests;
    private final ListCalls lists;

    Api(Store store, Gate gate, String scheme, String ownHost) {
        this.gate = gate;
        this.scheme = scheme;
        this.ownHost = ownHost;
        this.blobs = new BlobCalls(store, gate);
        this.uploads = new UploadCalls(store, gate);
        this.manifests = new ManifestCalls(store, gate);
        this.lists = new ListCalls(store, gate);
    }

    @Override
    public void handle(Exchange exchange) throws IOException {
        Call call = new Call(exchange, scheme, ownHost);
        try {
            call.set("Docker-Distribution-Api-Version", "registry/2.0");
            call.set("X-Content-Type-Options", "nosniff");
            route(call);
        } catch (Fault e) {
            call.fail(e);
        } catch (ClientGone | BadRequest e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            LOG.warn("a request failed for a reason of this registry's", e);
            boolean full = String.valueOf(e.getMessage()).contains("No space left on device");
            call.fail(new Fault(Code.UNKNOWN, full ? 507 : 500, full ? "the registry's disk is full" : "the registry failed; its log says how"));
        }
    }

    private void route(Call call) throws IOException {
        Route route = Route.parse(call.path());
        if (route.kind() == Route.Kind.TOKEN) {
            TokenCalls.answer(call, gate);
            return;
        }
        Caller caller = gate.caller(call.header("Authorization"), call.base());
        switch (route.kind()) {
            case BASE -> base(call, caller);
            case CATALOG -> lists.catalog(call, caller);
            case TAGS -> lists.tags(call, caller, route.repository());
            case REFERRERS -> lists.referrers(call, caller, route);
            case MANIFEST -> manifests.answer(call, caller, route);
            case BLOB -> blobs.answer(call, caller, route);
            case UPLOADS -> uploads.begin(call, caller, route.repository());
            case UPLOAD -> uploads.answer(call, caller, route);
            default -> throw new IllegalStateException("token is answered above");
        }
    }

    private void base(Call call, Caller caller) throws IOException {
        if (!call.reads()) {
            throw call.notAllowed();
        }
        gate.known(caller, call.base());
        call.json(200, Call.JSON.createObjectNode());
    }
}
