package dev.caisson.core.trust;

import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The rules: signed by enough of those who may, not expired, not older than what was seen. */
final class Verification {
    private Verification() {}

    /**
     * @param keys where the role's keys are
     * @throws dev.caisson.TrustProblem if fewer than the threshold have signed
     */
    static void signed(Signed document, Role role, Map<String, TrustKey> keys) {
        Set<java.nio.ByteBuffer> signers = new HashSet<>(); // keys, not ids: one key under two ids is one signer
        for (Signed.One signature : document.signatures()) {
            TrustKey key = keys.get(signature.keyId());
            if (key != null && role.keyIds().contains(signature.keyId()) && key.signed(document.message(), signature.method(), signature.value())) {
                signers.add(java.nio.ByteBuffer.wrap(key.key().getEncoded()));
            }
        }
        if (signers.size() < role.threshold()) {
            throw document.subject().problem("version " + document.version() + " has " + signers.size() + " valid signatures of the keys of role " + role.name() + ", "
                    + role.threshold() + " are wanted", "the trust server is damaged or hostile, or the publisher has lost keys; ask the publisher. Nothing of the image was used");
        }
    }

    static void current(Signed document, Instant now) {
        if (!document.expires().isAfter(now)) {
            boolean server = document.subject().role().equals(Role.TIMESTAMP);
            throw document.subject().problem("version " + document.version() + " expired at " + document.expires() + "; it is " + now,
                    (server ? "the trust server does not sign any more, or somebody replays what it signed before" : "the publisher has to sign anew (notary publish)")
                            + "; check this host's clock");
        }
    }

    /** @param floor the version seen before; 0 for none */
    static void notBefore(Signed document, long floor) {
        if (document.version() < floor) {
            throw document.subject().problem("version " + document.version() + " was offered, but version " + floor + " was seen before (rollback)", Subject.HOSTILE);
        }
    }
}
