package dev.caisson.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.RegistryServer.Action;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Who may do what. security.md row 82: what is shown is checked before anything is done. */
class AccessTest extends ServedTest {
    private Http withToken(String user, String... scopes) {
        StringBuilder query = new StringBuilder("/token?service=x");
        for (String scope : scopes) {
            query.append("&scope=").append(scope);
        }
        Http.Answer answer = as(user.isEmpty() ? "" : basic(user, "pw")).get(query.toString());
        assertEquals(200, answer.status(), answer::text);
        return as("Bearer " + answer.text().replaceFirst(".*\"token\":\"([^\"]+)\".*", "$1"));
    }

    private void everythingIsRefused(Http http, String challenge) {
        for (String[] asked : new String[][] {{"GET", "/v2/"}, {"GET", "/v2/_catalog"}, {"GET", "/v2/app/tags/list"}, {"GET", "/v2/app/manifests/v1"}, {"HEAD", "/v2/app/manifests/v1"},
            {"PUT", "/v2/app/manifests/v1"}, {"DELETE", "/v2/app/manifests/v1"}, {"GET", "/v2/app/blobs/" + MISSING}, {"DELETE", "/v2/app/blobs/" + MISSING}, {"POST", "/v2/app/blobs/uploads/"},
            {"PATCH", "/v2/app/blobs/uploads/x"}, {"PUT", "/v2/app/blobs/uploads/x"}, {"GET", "/v2/app/blobs/uploads/x"}, {"DELETE", "/v2/app/blobs/uploads/x"},
            {"GET", "/v2/app/referrers/" + MISSING}}) {
            Http.Answer answer = http.send(asked[0], asked[1], NOTHING);
            assertEquals(401, answer.status(), () -> String.join(" ", asked));
            assertTrue(answer.header("WWW-Authenticate").startsWith(challenge), answer.header("WWW-Authenticate"));
        }
    }

    @Test
    void withoutAPasswordNothing() {
        serve(b -> b.user("me", "pw"));
        everythingIsRefused(as(""), "Basic realm=");
        for (String wrong : new String[] {basic("me", "no"), basic("you", "pw"), basic("", "pw"), "Basic !", "Basic", "Bearer x", "me:pw", "Basic " + "bWU6cHc" + "!"}) {
            everythingIsRefused(as(wrong), "Basic realm=");
        }
        assertEquals(200, as(basic("me", "pw")).get("/v2/").status());
        assertEquals(404, as(basic("me", "pw")).get("/token").status());
    }

    @Test
    void withoutATokenNothing() {
        serve(b -> b.user("me", "pw").tokens(Duration.ofMinutes(1)));
        everythingIsRefused(as(""), "Bearer realm=\"" + server.uri() + "/token\",service=");
        everythingIsRefused(as(basic("me", "pw")), "Bearer realm=");
        everythingIsRefused(as("Bearer x.y.z"), "Bearer realm=");
        assertEquals(401, as("").get("/token?scope=repository:app:pull").status());
        assertEquals(401, as(basic("me", "no")).get("/token").status());
        assertEquals("Bearer realm=\"" + server.uri() + "/token\",service=\"Caisson registry\",scope=\"repository:app:push\"",
                as("").send("POST", "/v2/app/blobs/uploads/", NOTHING).header("WWW-Authenticate"));
    }

    /** Who reached a proxy by TLS must not be sent to where passwords go without; nobody makes TLS of it that is none for others. */
    @Test
    void behindAProxyThatSpeaksTls() {
        serve(b -> b.user("me", "pw").tokens(Duration.ofMinutes(1)));
        String host = server.host();
        for (String https : new String[] {"https", "HTTPS"}) {
            String challenge = as("").get("/v2/", "X-Forwarded-Proto", https).header("WWW-Authenticate");
            assertTrue(challenge.startsWith("Bearer realm=\"https://" + host + "/token\""), challenge);
        }
        for (String other : new String[] {"http", "", "ftp", "https\"x", "https,http"}) {
            String challenge = as("").get("/v2/", "X-Forwarded-Proto", other).header("WWW-Authenticate");
            assertTrue(challenge.startsWith("Bearer realm=\"http://" + host + "/token\""), challenge);
        }
    }

    @Test
    void aTokenIsGoodForWhatItSays() {
        serve(b -> b.user("me", "pw").tokens(Duration.ofMinutes(1)));
        image(withToken("me", "repository:app:pull,push"), "app", "v1", "");
        Http pull = withToken("me", "repository:app:pull");
        assertEquals(200, pull.get("/v2/app/manifests/v1").status());
        assertEquals(200, pull.get("/v2/").status());
        Http.Answer push = pull.send("POST", "/v2/app/blobs/uploads/", NOTHING);
        refused(401, "UNAUTHORIZED", push);
        assertTrue(push.header("WWW-Authenticate").endsWith("scope=\"repository:app:push\",error=\"insufficient_scope\""), push.header("WWW-Authenticate"));
        assertEquals(401, pull.get("/v2/other/tags/list").status());
        assertEquals(401, pull.send("DELETE", "/v2/app/manifests/v1", NOTHING).status());
        assertEquals(401, pull.get("/v2/_catalog").status());
        assertEquals("{\"repositories\":[\"app\"]}", withToken("me", "registry:catalog:*").get("/v2/_catalog").text());
        assertEquals(202, withToken("me", "repository:app:*").send("DELETE", "/v2/app/manifests/v1", NOTHING).status());
        Http.Answer form = as("").send("POST", "/token", bytes("grant_type=password&username=me&password=pw&scope=repository:app:pull&service=x"));
        assertTrue(form.text().contains("\"access_token\":") && form.text().contains("\"expires_in\":60"), form::text);
        assertEquals(401, as("").send("POST", "/token", bytes("grant_type=password&username=me&password=no")).status());
        assertEquals(400, as("").send("POST", "/token", bytes("grant_type=refresh_token&refresh_token=x")).status());
        assertEquals(400, as(basic("me", "pw")).send("POST", "/token", bytes("username=me&password=pw")).status());
    }

    @Test
    void mountingNeedsTheRightToRead() {
        serve(b -> b.user("me", "pw").user("root", "pw").allow((user, repository, action) -> user.equals("root") || !repository.startsWith("secret/")));
        String digest = blob(as(basic("root", "pw")), "secret/app", bytes("x")).toString();
        Http me = as(basic("me", "pw"));
        Http.Answer mount = me.send("POST", "/v2/app/blobs/uploads/?mount=" + digest + "&from=secret/app", NOTHING);
        assertEquals(202, mount.status(), "as if it were not there");
        me.send("DELETE", mount.header("Location"), NOTHING);
        assertEquals(404, me.get("/v2/app/blobs/" + digest).status());
        assertEquals(201, as(basic("root", "pw")).send("POST", "/v2/app/blobs/uploads/?mount=" + digest + "&from=secret/app", NOTHING).status());
    }

    @Test
    void aRuleOfTheOwners() {
        serve(b -> b.user("me", "pw").user("you", "pw").user("secret", "pw").allow((user, repository, action) -> repository.startsWith(user + "/") || action == Action.PULL && !repository.startsWith("secret")));
        Http me = as(basic("me", "pw"));
        Http you = as(basic("you", "pw"));
        image(me, "me/app", "v1", "");
        image(as(basic("secret", "pw")), "secret/app", "v1", "");
        assertEquals(200, you.get("/v2/me/app/manifests/v1").status());
        refused(403, "DENIED", you.send("DELETE", "/v2/me/app/manifests/v1", NOTHING));
        refused(403, "DENIED", you.send("POST", "/v2/me/app/blobs/uploads/", NOTHING));
        refused(403, "DENIED", you.get("/v2/secret/app/tags/list"));
        assertEquals("{\"repositories\":[\"me/app\"]}", you.get("/v2/_catalog").text());
    }

    @Test
    void aRuleWithTokens() {
        serve(b -> b.user("me", "pw").tokens(Duration.ofMinutes(1)).allow((user, repository, action) -> action == Action.PULL));
        Http all = withToken("me", "repository:app:*");
        assertEquals(404, all.get("/v2/app/manifests/v1").status());
        refused(403, "DENIED", all.send("POST", "/v2/app/blobs/uploads/", NOTHING));
    }

    @Test
    void aRuleThatFailsOpensNothing() {
        Http http = serve(b -> b.allow((user, repository, action) -> {
            throw new IllegalStateException("broken rule");
        }));
        refused(500, "UNKNOWN", http.get("/v2/app/tags/list"));
        assertFalse(http.get("/v2/app/tags/list").text().contains("broken"));
    }

    @Test
    void whoShowsNothingMayPullIfThatIsSaid() {
        serve(b -> b.user("me", "pw").anonymousPull().tokens(Duration.ofMinutes(1)));
        image(withToken("me", "repository:app:pull,push"), "app", "v1", "");
        assertEquals(401, as("").get("/v2/app/manifests/v1").status());
        assertEquals(401, as("").get("/v2/").status(), "so that clients learn where the tokens are");
        Http anonymous = withToken("", "repository:app:pull,push");
        assertEquals(200, anonymous.get("/v2/app/manifests/v1").status());
        assertEquals(401, anonymous.send("POST", "/v2/app/blobs/uploads/", NOTHING).status());
        assertEquals(401, anonymous.send("DELETE", "/v2/app/manifests/v1", NOTHING).status());
        assertEquals("{\"repositories\":[\"app\"]}", withToken("", "registry:catalog:*").get("/v2/_catalog").text());
    }

    @Test
    void readOnly() {
        serve();
        image(as(""), "app", "v1", "");
        server.close();
        Http http = serve(b -> b.readOnly());
        assertEquals(200, http.get("/v2/app/manifests/v1").status());
        refused(405, "UNSUPPORTED", http.send("POST", "/v2/app/blobs/uploads/", NOTHING));
        refused(405, "UNSUPPORTED", http.send("PUT", "/v2/app/manifests/v2", NOTHING));
        refused(405, "UNSUPPORTED", http.send("DELETE", "/v2/app/manifests/v1", NOTHING));
    }
}
