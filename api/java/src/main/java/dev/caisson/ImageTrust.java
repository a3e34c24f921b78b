package dev.caisson;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Who has signed what in a repository ({@code docker trust inspect}), all of it verified.
 *
 * @param repository registry and repository
 * @param server the Notary server that was asked
 * @param rootKeys ids of the keys that may sign the root, for {@link ContentTrust#certs}
 * @param repositoryKeys ids of the keys that may sign for the repository's owner (role targets)
 * @param signers ids of the keys of each delegation, by its name without {@code targets/}
 * @param tags what is signed for release: by {@code targets/releases}, else by the owner
 * @param expires when each role's metadata ends to be valid
 */
public record ImageTrust(String repository, URI server, List<String> rootKeys, List<String> repositoryKeys, Map<String, List<String>> signers, List<SignedTag> tags,
        Map<String, Instant> expires) {
    /** Lists and maps are copied. */
    public ImageTrust {
        rootKeys = List.copyOf(rootKeys);
        repositoryKeys = List.copyOf(repositoryKeys);
        signers = Map.copyOf(signers);
        tags = List.copyOf(tags);
        expires = Map.copyOf(expires);
    }

    /**
     * A tag and what it is.
     *
     * @param tag without the repository
     * @param digest of the manifest or index
     * @param size of the manifest or index, in bytes
     * @param signers delegations that sign this digest under this tag, without {@code targets/}; {@code Repo Admin}, docker's word, for the owner alone
     */
    public record SignedTag(String tag, String digest, long size, List<String> signers) {
        /** The list is copied. */
        public SignedTag {
            signers = List.copyOf(signers);
        }
    }
}
