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
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** What there is: tags, repositories, referrers (OCI distribution spec, content discovery). */
final class ListCalls {
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
        String wanted = call.query().one("artifactType");
        Map<String, ObjectNode> found = new TreeMap<>();
        for (Repository.Stored stored : store.repository(route.repository()).referrers(subject)) {
            Manifest manifest = Manifest.parse(stored.content(), stored.mediaType());
            if (wanted.isEmpty() || wanted.equals(manifest.artifactType())) {
                found.put(stored.digest().toString(), descriptor(stored, manifest));
            }
        }
        Page page = page(call, new TreeSet<>(found.keySet()), "/v2/" + route.repository() + "/referrers/" + subject);
        ObjectNode json = Call.JSON.createObjectNode().put("schemaVersion", 2).put("mediaType", Manifest.OCI_INDEX);
        ArrayNode manifests = json.putArray("manifests");
        page.items().forEach(digest -> manifests.add(found.get(digest)));
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
        if (!page.next().isEmpty()) {
            String filter = query.has("artifactType") ? "&artifactType=" + URLEncoder.encode(query.one("artifactType"), StandardCharsets.UTF_8) : "";
            call.set("Link", "<" + path + "?" + page.next() + filter + ">; rel=\"next\"");
        }
        return page;
    }
}
