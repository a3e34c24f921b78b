package dev.caisson.core.registry;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Who the user is to a registry.
 *
 * @param user "" for an identity token
 * @param secret password, personal token, or identity token
 */
record Credentials(String user, String secret) {
    /** The name that credential helpers and old config files give an identity token. */
    static final String TOKEN_USER = "<token>";

    /** An OAuth 2 refresh token, as {@code docker login} gets it from some registries. */
    boolean identityToken() {
        return user.isEmpty() || user.equals(TOKEN_USER);
    }

    /** The value of an Authorization header. */
    String basic() {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + secret).getBytes(StandardCharsets.UTF_8));
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return identityToken() ? "an identity token" : "user " + user;
    }
}
