package dev.caisson.core.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caisson.ImageProblem;
import dev.caisson.Referrer;
import dev.caisson.Stage;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.MediaTypes;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

/**
 * What is attached to a manifest (OCI distribution spec 1.1, "Listing referrers"). A registry that knows no such list has, if anything was attached, an index under a tag made of
 * the digest ("Referrers tag schema").
 */
final class ReferrerList {
    private static final int MOST = 10_000;

    private final Listing listing;
    private final String repository;

    ReferrerList(Listing listing, String repository) {
        this.listing = listing;
        this.repository = repository;
    }

    /** @param artifactType "" for all */
    List<Referrer> of(Digest subject, String artifactType) {
        List<Referrer> all = new ArrayList<>();
        Ask ask = Ask.get("repository:" + repository + ":pull", Map.of("Accept", MediaTypes.OCI_INDEX));
        String what = "referrers of " + subject + " in " + repository;
        String query = artifactType.isEmpty() ? "" : "?artifactType=" + URLEncoder.encode(artifactType, StandardCharsets.UTF_8);
        boolean known = listing.pagesIfThere("/v2/" + repository + "/referrers/" + subject + query, ask, what, (response, json) -> add(json, what, all));
        if (!known) {
            listing.pagesIfThere("/v2/" + repository + "/manifests/" + tag(subject), ask, what, (response, json) -> add(json, what, all));
        }
        // A registry may leave the choice to its client, and one that says it chose may lie.
        return all.stream().filter(r -> artifactType.isEmpty() || r.artifactType().equals(artifactType)).toList();
    }

    /** {@code sha256-…}: the algorithm at most 32 characters, the digits at most 64. */
    static String tag(Digest subject) {
        return subject.algorithm() + "-" + subject.hex().substring(0, Math.min(64, subject.hex().length()));
    }

    private static void add(JsonNode index, String what, List<Referrer> all) {
        if (!index.path("manifests").isArray()) {
            throw bad(what, "it is no index");
        }
        for (JsonNode item : index.path("manifests")) {
            if (all.size() == MOST) {
                throw bad(what, "there are more than " + MOST);
            }
            all.add(referrer(item, what));
        }
    }

    private static Referrer referrer(JsonNode item, String what) {
        JsonNode size = item.path("size");
        if (!size.isIntegralNumber() || !size.canConvertToLong() || size.longValue() < 0) {
            throw bad(what, "one has no proper size");
        }
        Map<String, String> annotations = new LinkedHashMap<>();
        JsonNode given = item.path("annotations");
        StreamSupport.stream(((Iterable<Map.Entry<String, JsonNode>>) given::fields).spliterator(), false).filter(e -> e.getValue().isTextual())
                .forEach(e -> annotations.put(e.getKey(), e.getValue().textValue()));
        return new Referrer(Digest.parse(item.path("digest").asText("")).toString(), item.path("mediaType").asText(""), item.path("artifactType").asText(""), size.longValue(), annotations);
    }

    private static ImageProblem bad(String what, String reason) {
        return new ImageProblem(Stage.RESOLVE, "the " + what + ": " + reason, "the registry is damaged or hostile");
    }
}
