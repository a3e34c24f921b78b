package dev.caisson.core.trust;

import java.util.LinkedHashMap;
import java.util.Map;

/** The root: which keys every other role has. */
record Root(Signed signed, Map<String, TrustKey> keys, Map<String, Role> roles) {
    static Root parse(byte[] raw, Subject subject) {
        Signed signed = Signed.parse(raw, subject);
        Map<String, TrustKey> keys = TrustKey.all(signed.body());
        Map<String, Json> given = signed.body().objects("roles");
        Map<String, Role> roles = new LinkedHashMap<>();
        for (String name : new String[] {Role.ROOT, Role.TARGETS, Role.SNAPSHOT, Role.TIMESTAMP}) {
            Json role = given.get(name);
            if (role == null) {
                throw signed.body().bad("it has no role " + name);
            }
            roles.put(name, Role.parse(name, role, keys));
        }
        return new Root(signed, keys, roles);
    }

    Role role(String name) {
        return java.util.Objects.requireNonNull(roles.get(name));
    }
}
