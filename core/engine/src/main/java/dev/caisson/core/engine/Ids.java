package dev.caisson.core.engine;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Container ids: 64 hex digits nobody can guess. */
final class Ids {
    private static final SecureRandom RANDOM = new SecureRandom();

    private Ids() {}

    static String random() {
        byte[] bytes = new byte[32];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
