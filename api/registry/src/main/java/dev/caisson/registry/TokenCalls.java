package dev.caisson.registry;

import dev.caisson.registry.access.Gate;
import dev.caisson.registry.protocol.Query;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** {@code /token}: passwords for tokens, by GET with Basic, or by POST with a form (distribution spec, token authentication and OAuth2). */
final class TokenCalls {
    private static final int LONGEST_FORM = 16 << 10;

    private TokenCalls() {}

    static void answer(Call call, Gate gate) throws IOException {
        Gate.Issued issued = switch (call.method()) {
            case "GET" -> gate.token(call.header("Authorization"), call.query());
            case "POST" -> gate.token("", Query.parse(withGrant(new String(call.body(LONGEST_FORM), StandardCharsets.UTF_8))));
            default -> throw call.notAllowed();
        };
        call.set("Cache-Control", "no-store");
        call.json(200, Call.JSON.createObjectNode().put("token", issued.token()).put("access_token", issued.token()).put("expires_in", issued.seconds()));
    }

    /** A form without a grant is none of a password. */
    private static String withGrant(String form) {
        return form.contains("grant_type=") ? form : form + "&grant_type=";
    }
}
