package dev.caisson.core.trust;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A metadata file: what is signed, and the signatures, which nobody has looked at yet.
 *
 * @param raw as it came
 * @param message what the signatures are of
 * @param body the signed object
 */
record Signed(Subject subject, byte[] raw, byte[] message, Json body, long version, Instant expires, List<One> signatures) {
    private static final int MOST_SIGNATURES = 1024;

    /** A signature. */
    record One(String keyId, String method, byte[] value) {}

    /**
     * Reads a file.
     *
     * @param subject its role decides of which type it must be
     * @throws dev.caisson.TrustProblem if it is not as Notary writes it
     */
    static Signed parse(byte[] raw, Subject subject) {
        Json json = Json.parse(raw, subject);
        Json body = json.object("signed");
        String type = subject.role().startsWith(Role.TARGETS) ? "Targets" : subject.role().substring(0, 1).toUpperCase(Locale.ROOT) + subject.role().substring(1);
        if (!body.text("_type").equals(type)) {
            throw body.bad("its type is '" + body.text("_type").replaceAll("\\p{Cntrl}", "?") + "', not '" + type + "'");
        }
        long version = body.number("version");
        if (version < 1 || version > Integer.MAX_VALUE) {
            throw body.bad("version " + version);
        }
        List<One> signatures = json.list("signatures").stream().limit(MOST_SIGNATURES + 1L).map(s -> new One(s.text("keyid"), s.text("method"), s.base64("sig"))).toList();
        if (signatures.size() > MOST_SIGNATURES) {
            throw json.bad("more than " + MOST_SIGNATURES + " signatures");
        }
        return new Signed(subject, raw, body.canonical(), body, version, body.instant("expires"), signatures);
    }

    /** Whether it is the same file. */
    boolean same(@Nullable Signed other) {
        return other != null && java.util.Arrays.equals(raw, other.raw);
    }
}
