package dev.caisson.registry;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.RegistryServer.Action;
import dev.caisson.registry.access.Caller;
import dev.caisson.registry.access.Gate;
import dev.caisson.registry.protocol.Code;
import dev.caisson.registry.protocol.Digest;
import dev.caisson.registry.protocol.Fault;
import dev.caisson.registry.protocol.Manifest;
import dev.caisson.registry.protocol.Page;
import dev.caisson.registry.protocol.Query;
import dev.caisson.registry.protocol.Route;
import dev.caisson.registry.store.Repository;
import dev.caisson.registry.store.Store;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import java.util.TreeSet;

/** What there is: tags, repositories, referrers (OCI distribution spec, content discovery). */
final class ListCalls {
    /** For the rest of an index, which has at most as many bytes as a manifest. */
    private static final int ROOM = 4096;

    private final Store store;
    private final Gate gate;

    ListCalls(Store store, Gate gate) {
        this.store = store;
        this.gate = gate;
    }

    void tags(Call call, Caller caller, String name) throws IOException {
        reading(call);
        gate.check(caller, call.base(), name, Action.PULL);
        Repository repository = store.repository(name);
        if (!repository.exists()) {
            throw new Fault(Code.NAME_UNKNOWN, "there is no repository " + name);
        }
        Page page = page(call, repository.tags(), "/v2/" + name + "/tags/list");
        ObjectNode json = Call.JSON.createObjectNode().put("name", name);
        page.items().forEach(json.putArray("tags")::add);
        call.json(200, json);
    }

    void catalog(Call call, Caller caller) throws IOException {
        reading(call);
        gate.checkCatalog(caller, call.base());
        TreeSet<String> names = store.repositories();
        names.removeIf(name -> !gate.lists(caller, name));
        Page page = page(call, names, "/v2/_catalog");
        ObjectNode json = Call.JSON.createObjectNode();
        page.items().forEach(json.putArray("repositories")::add);
        call.json(200, json);
    }

    void referrers(Call call, Caller caller, Route route) throws IOException {
        reading(call);
        gate.check(caller, call.base(), route.repository(), Action.PULL);
        Digest subject = Digest.parse(route.reference());
        Query query = call.query();
        String wanted = query.one("artifactType");
        int most = Page.size(query);
        ObjectNode json = Call.JSON.createObjectNode().put("schemaVersion", 2).put("mediaType", Manifest.OCI_INDEX);
        ArrayNode manifests = json.putArray("manifests");
        Repository repository = store.repository(route.repository());
        String last = "";
        long bytes = 0;
        // One after the other: their annotations may be as large as manifests.
        for (String digest : repository.referrers(subject).tailSet(query.one("last") + "\0")) {
            Repository.Stored stored = repository.manifest(Digest.parse(digest)).orElse(null);
            Manifest manifest = stored == null ? null : Manifest.parse(stored.content(), stored.mediaType());
            if (manifest != null && (wanted.isEmpty() || wanted.equals(manifest.artifactType()))) {
                ObjectNode entry = descriptor(stored, manifest);
                bytes += Call.JSON.writeValueAsBytes(entry).length;
                if (manifests.size() == most || bytes > Manifest.LIMIT - ROOM && !manifests.isEmpty()) {
                    link(call, "/v2/" + route.repository() + "/referrers/" + subject, most == 0 ? "" : Page.next(most, last));
                    break;
                }
                manifests.add(entry);
                last = digest;
            }
        }
        if (!wanted.isEmpty()) {
            call.set("OCI-Filters-Applied", "artifactType");
        }
        call.answer(200, Manifest.OCI_INDEX, Call.JSON.writeValueAsBytes(json));
    }

    private static ObjectNode descriptor(Repository.Stored stored, Manifest manifest) {
        ObjectNode json = Call.JSON.createObjectNode().put("mediaType", stored.mediaType()).put("digest", stored.digest().toString()).put("size", stored.content().length);
        if (!manifest.artifactType().isEmpty()) {
            json.put("artifactType", manifest.artifactType());
        }
        if (!manifest.annotations().isEmpty()) {
            ObjectNode annotations = json.putObject("annotations");
            new TreeMap<>(manifest.annotations()).forEach(annotations::put);
        }
        return json;
    }

    private static void reading(Call call) {
        if (!call.reads()) {
            throw call.notAllowed();
        }
    }

    /** With a link to the next one (RFC 8288). */
    private static Page page(Call call, TreeSet<String> all, String path) {
        Query query = call.query();
        Page page = Page.of(all, query);
        link(call, path, page.next());
        return page;
    }

    private static void link(Call call, String path, String next) {
        if (!next.isEmpty()) {
            String type = call.query().one("artifactType");
            String filter = type.isEmpty() ? "" : "&artifactType=" + URLEncoder.encode(type, StandardCharsets.UTF_8);
            call.set("Link", "<" + path + "?" + next + filter + ">; rel=\"next\"");
        }
    }
}
