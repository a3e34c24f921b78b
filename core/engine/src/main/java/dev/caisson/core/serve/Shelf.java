package dev.caisson.core.serve;

import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.content.ImageRecord;
import dev.caisson.core.content.ImageRecords;
import dev.caisson.core.content.IndexRecord;
import dev.caisson.core.image.DocumentTree;
import dev.caisson.core.image.ImageReference;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** What is called how, by one version of the records. By names, {@code docker.io/library/nginx}; what has no name is not shown. */
final class Shelf {
    private final Map<String, SortedMap<String, String>> tags = new HashMap<>();
    private final Map<String, Set<Digest>> heads = new HashMap<>();
    private final TreeSet<String> repositories = new TreeSet<>();
    private final Map<String, DocumentTree> contents = new ConcurrentHashMap<>();

    Shelf(ImageRecords records) {
        for (ImageRecord image : records.images()) {
            add(image.references(), image.manifest());
        }
        for (IndexRecord index : records.indexes()) { // whose names its image for this host has too
            add(index.references(), index.index());
        }
    }

    private void add(List<String> references, Digest digest) {
        for (String text : references) {
            ImageReference reference = ImageReference.parse(text);
            heads.computeIfAbsent(reference.name(), k -> new LinkedHashSet<>()).add(digest);
            RepositoryNames.repository(reference).ifPresent(repositories::add);
            if (reference.tag() != null) {
                tags.computeIfAbsent(reference.name(), k -> new TreeMap<>()).put(reference.tag(), digest.toString());
            }
        }
    }

    TreeSet<String> repositories() {
        return new TreeSet<>(repositories);
    }

    SortedMap<String, String> tags(String name) {
        return tags.getOrDefault(name, Collections.emptySortedMap());
    }

    /** All that is under a name; read from the documents when it is first asked for. */
    DocumentTree contents(String name, ContentStore content) {
        return contents.computeIfAbsent(name, k -> DocumentTree.of(content, heads.getOrDefault(k, Set.of())));
    }
}
