package dev.caisson.core.trust;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What was verified of a repository, as it came: the root, and the other files by their roles.
 *
 * @param files nothing in it has a newer root than {@code root}
 */
record TrustState(byte[] root, Map<String, byte[]> files) {
    TrustState {
        files = new TreeMap<>(files);
    }

    /** The same with another root: what is signed with keys that it takes away says nothing any more, neither of versions (TUF 5.3.11). */
    TrustState rotated(Root before, Root after) {
        Map<String, byte[]> left = new TreeMap<>(files);
        for (String role : new String[] {Role.TIMESTAMP, Role.SNAPSHOT}) {
            if (!before.role(role).keyIds().equals(after.role(role).keyIds())) {
                left.remove(role);
            }
        }
        if (!before.role(Role.TARGETS).keyIds().equals(after.role(Role.TARGETS).keyIds())) {
            left.keySet().removeIf(role -> role.startsWith(Role.TARGETS));
        }
        return new TrustState(after.signed().raw(), left);
    }

    /** The version of a role's file that was seen; 0 for none. */
    long version(Subject subject) {
        byte[] file = file(subject.role());
        return file == null ? 0 : Signed.parse(file, subject).version();
    }

    byte @Nullable [] file(String role) {
        return role.equals(Role.ROOT) ? root : files.get(role);
    }

    boolean same(TrustState other) {
        return Arrays.equals(root, other.root) && files.keySet().equals(other.files.keySet())
                && files.entrySet().stream().allMatch(e -> Arrays.equals(e.getValue(), Objects.requireNonNull(other.files.get(e.getKey()))));
    }
}
