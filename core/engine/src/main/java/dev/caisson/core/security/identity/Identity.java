package dev.caisson.core.security.identity;

import java.util.Arrays;

/**
 * Who a process is.
 *
 * @param uid user id, an unsigned 32-bit number as a bit pattern ({@link Integer#toUnsignedString(int)}); never 2^32-1, which setresuid(2)
 *     takes for "leave it"
 * @param gid group id, likewise
 * @param supplementary for setgroups(2): the gid first, then the others, each once; never empty, so that a mode that denies a group holds
 * @param home the home directory in /etc/passwd; "/" without an entry
 * @param userName the name in /etc/passwd; "" without an entry
 */
public record Identity(int uid, int gid, int[] supplementary, String home, String userName) {
    public Identity {
        supplementary = supplementary.clone();
    }

    /** A copy. */
    @Override
    public int[] supplementary() {
        return supplementary.clone();
    }

    public boolean root() {
        return uid == 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Identity that && uid == that.uid && gid == that.gid && Arrays.equals(supplementary, that.supplementary)
                && home.equals(that.home) && userName.equals(that.userName);
    }

    @Override
    public int hashCode() {
        return 31 * uid + gid;
    }

    @Override
    public String toString() {
        return userName + "(" + Integer.toUnsignedString(uid) + ":" + Integer.toUnsignedString(gid) + " "
                + Arrays.stream(supplementary).mapToObj(Integer::toUnsignedString).toList() + " " + home + ")";
    }
}
