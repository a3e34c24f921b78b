package dev.caisson.registry.access;

import dev.caisson.RegistryServer.Action;
import dev.caisson.RegistryServer.Rule;
import dev.caisson.registry.protocol.Code;
import dev.caisson.registry.protocol.Fault;
import dev.caisson.registry.protocol.Names;
import dev.caisson.registry.protocol.Query;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The one place that decides who may do what. */
public final class Gate {
    private static final Caller NOBODY = new Caller("", null);
    private static final String REALM = "Caisson registry";

    private final Passwords passwords;
    private final @Nullable Tokens tokens;
    private final Rule rule;
    private final boolean anonymousPull;
    private final boolean readOnly;

    /** @param tokens null for passwords with every request */
    public Gate(Passwords passwords, @Nullable Tokens tokens, Rule rule, boolean anonymousPull, boolean readOnly) {
        this.passwords = passwords;
        this.tokens = passwords.wanted() ? tokens : null;
        this.rule = rule;
        this.anonymousPull = anonymousPull;
        this.readOnly = readOnly;
    }

    /**
     * Who sent this Authorization header.
     *
     * @param base this registry's address, as the client calls it
     * @throws Fault if it is wrong; none is not
     */
    public Caller caller(String authorization, String base) {
        if (!passwords.wanted() || authorization.isEmpty()) {
            return NOBODY;
        }
        if (tokens != null) {
            Tokens.Grant grant = authorization.regionMatches(true, 0, "Bearer ", 0, 7) ? tokens.grant(authorization.substring(7).strip()).orElse(null) : null;
            if (grant == null) {
                throw unauthorized(base, "", ",error=\"invalid_token\"");
            }
            return new Caller(grant.user(), grant);
        }
        return new Caller(user(authorization), null);
    }

    /** @throws Fault if it is not known who asks */
    public void known(Caller caller, String base) {
        if (passwords.wanted() && (tokens == null ? caller.user().isEmpty() : caller.grant() == null)) {
            throw unauthorized(base, "", "");
        }
    }

    /** @throws Fault if the caller may not */
    public void check(Caller caller, String base, String repository, Action... actions) {
        if (readOnly && Stream.of(actions).anyMatch(a -> a != Action.PULL)) {
            throw new Fault(Code.UNSUPPORTED, "this registry is read-only");
        }
        for (Action action : actions) {
            if (!may(caller, repository, action)) {
                String scope = "repository:" + repository + ":" + Stream.of(actions).map(Scope::word).collect(Collectors.joining(","));
                if (passwords.wanted() && (caller.user().isEmpty() || tokens != null && rule(caller.user(), repository, action))) {
                    throw unauthorized(base, scope, caller.grant() == null ? "" : ",error=\"insufficient_scope\"");
                }
                throw new Fault(Code.DENIED, "you may not " + Scope.word(action) + " " + repository);
            }
        }
    }

    /** Whether the caller may. */
    public boolean may(Caller caller, String repository, Action action) {
        return (tokens == null || caller.grant() != null && caller.grant().allows(repository, action)) && rule(caller.user(), repository, action);
    }

    /** @throws Fault if the caller may not have the list of repositories */
    public void checkCatalog(Caller caller, String base) {
        boolean may = tokens == null ? !passwords.wanted() || anonymousPull || !caller.user().isEmpty() : caller.grant() != null && caller.grant().allowsCatalog();
        if (!may) {
            throw unauthorized(base, "registry:catalog:*", caller.grant() == null ? "" : ",error=\"insufficient_scope\"");
        }
    }

    /** Whether a repository is in the list for the caller. */
    public boolean lists(Caller caller, String repository) {
        return rule(caller.user(), repository, Action.PULL);
    }

    private boolean rule(String user, String repository, Action action) {
        if (readOnly && action != Action.PULL) {
            return false;
        }
        if (passwords.wanted() && user.isEmpty()) {
            return anonymousPull && action == Action.PULL;
        }
        return anonymousPull && action == Action.PULL || rule.allows(user, repository, action);
    }

    /** A token and how many seconds it is good for. */
    public record Issued(String token, long seconds) {}

    /**
     * What the token endpoint answers (distribution spec, token authentication): a token for as much of what is asked as the caller may do.
     *
     * @param authorization Basic, or "" for who shows no password
     * @throws Fault if the password is wrong, or there are no tokens here
     */
    public Issued token(String authorization, Query query) {
        if (tokens == null) {
            throw new Fault(Code.UNSUPPORTED, 404, "this registry gives out no tokens");
        }
        String user;
        if (query.has("grant_type")) {
            if (!query.one("grant_type").equals("password")) {
                throw new Fault(Code.UNSUPPORTED, 400, "grant_type is 'password' here");
            }
            user = checked(query.one("username"), query.one("password"));
        } else {
            user = authorization.isEmpty() ? "" : user(authorization);
        }
        if (user.isEmpty() && !anonymousPull) {
            throw basic();
        }
        List<Scope> granted = new ArrayList<>();
        for (Scope scope : Scope.parse(query.all("scope"))) {
            if (scope.repository().isEmpty()) {
                granted.add(scope);
            } else if (Names.isRepository(scope.repository())) {
                Set<Action> actions = scope.actions().stream().filter(a -> rule(user, scope.repository(), a)).collect(Collectors.toSet());
                granted.add(new Scope(scope.repository(), actions));
            }
        }
        return new Issued(tokens.issue(new Tokens.Grant(user, granted)), tokens.lifetime().toSeconds());
    }

    private String user(String authorization) {
        if (authorization.regionMatches(true, 0, "Basic ", 0, 6)) {
            String pair;
            try {
                pair = new String(Base64.getDecoder().decode(authorization.substring(6).strip()), StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                throw basic();
            }
            int colon = pair.indexOf(':');
            if (colon > 0) {
                return checked(pair.substring(0, colon), pair.substring(colon + 1));
            }
        }
        throw basic();
    }

    private String checked(String user, String secret) {
        if (!passwords.known(user, secret)) {
            throw basic();
        }
        return user;
    }

    private Fault unauthorized(String base, String scope, String error) {
        if (tokens == null) {
            return basic();
        }
        return new Fault(Code.UNAUTHORIZED, Code.UNAUTHORIZED.status(), "authentication is needed", Map.of("WWW-Authenticate",
                "Bearer realm=\"" + base + "/token\",service=\"" + REALM + "\"" + (scope.isEmpty() ? "" : ",scope=\"" + scope + "\"") + error));
    }

    private static Fault basic() {
        return new Fault(Code.UNAUTHORIZED, Code.UNAUTHORIZED.status(), "user and password are needed", Map.of("WWW-Authenticate", "Basic realm=\"" + REALM + "\""));
    }
}
