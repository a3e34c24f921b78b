package dev.caisson.core.security.identity;

import dev.caisson.InvalidSpec;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A user as builder, exec, image configuration and build write it: {@code user[:group]}, each a name or a number.
 *
 * <p>Whatever begins with a digit, a sign or anything a number could hide in is a number or an error, never a name to be looked up: an
 * image whose passwd has an entry "4294967296" for root must not thereby make root of that user (CVE-2024-40635, CVE-2026-30892).
 *
 * <p>As in Docker, a number that has an entry in passwd takes its group and home from there; one without has group 0 and home "/". Groups
 * of the image that list the user's name are supplementary unless a group was given.
 */
public final class UserSpec {
    private static final String PASSWD = "/etc/passwd";
    private static final String GROUP = "/etc/group";

    private final String spec;
    private final String user;
    private final String group;

    private UserSpec(String spec, String user, String group) {
        this.spec = spec;
        this.user = user;
        this.group = group;
    }

    /**
     * Parses a user without looking anything up.
     *
     * @param spec {@code user[:group]}; "" is root
     * @throws InvalidSpec for anything else
     */
    public static UserSpec parse(String spec) {
        int colon = spec.indexOf(':');
        String user = colon < 0 ? spec : spec.substring(0, colon);
        String group = colon < 0 ? "" : spec.substring(colon + 1);
        if (spec.isEmpty()) {
            return new UserSpec(spec, "0", "");
        }
        check(spec, user);
        if (colon >= 0) {
            check(spec, group);
        }
        return new UserSpec(spec, user, group);
    }

    /**
     * The identity in an image.
     *
     * @param passwd content of the image's /etc/passwd, read inside its root as a regular file of at most 10 MiB; empty if there is none
     * @param group content of its /etc/group, likewise
     * @param groupAdd further groups, names or numbers
     * @throws InvalidSpec if a name is not there, a number is out of range, or a file is beyond its bounds
     */
    public Identity resolve(byte[] passwd, byte[] group, List<String> groupAdd) {
        OptionalInt number = AccountFile.id(user);
        String[] entry = account(AccountFile.entries(PASSWD, passwd, 7), number);
        if (entry == null && number.isEmpty()) {
            throw problem(spec, "the image's " + PASSWD + " has no user '" + user + "'", "give a number, or a name that is there");
        }
        List<String[]> groups = AccountFile.entries(GROUP, group, 4);
        int uid = entry == null ? number.getAsInt() : AccountFile.id(entry[2]).orElseThrow();
        int gid = this.group.isEmpty() ? entry == null ? 0 : AccountFile.id(entry[3]).orElseThrow() : group(spec, this.group, groups);
        Set<Integer> supplementary = new LinkedHashSet<>(Set.of(gid));
        if (entry != null && this.group.isEmpty()) {
            supplementary.addAll(memberships(entry[0], groups));
        }
        for (String name : groupAdd) {
            check(name, name);
            supplementary.add(group(name, name, groups));
        }
        String home = entry == null || !entry[5].startsWith("/") ? "/" : entry[5];
        return new Identity(uid, gid, supplementary.stream().mapToInt(id -> id).toArray(), home, entry == null ? "" : entry[0]);
    }

    /** The first entry of this name or number whose own numbers are valid. */
    private String @Nullable [] account(List<String[]> accounts, OptionalInt number) {
        for (String[] account : accounts) {
            OptionalInt uid = AccountFile.id(account[2]);
            boolean same = number.isPresent() ? uid.equals(number) : account[0].equals(user);
            if (same && uid.isPresent() && AccountFile.id(account[3]).isPresent()) {
                return account;
            }
        }
        return null;
    }

    private static int group(String spec, String group, List<String[]> groups) {
        OptionalInt number = AccountFile.id(group);
        if (number.isPresent()) {
            return number.getAsInt();
        }
        for (String[] entry : groups) {
            OptionalInt gid = AccountFile.id(entry[2]);
            if (entry[0].equals(group) && gid.isPresent()) {
                return gid.getAsInt();
            }
        }
        throw problem(spec, "the image's " + GROUP + " has no group '" + group + "'", "give a number, or a name that is there");
    }

    private static List<Integer> memberships(String name, List<String[]> groups) {
        List<Integer> memberships = new ArrayList<>();
        for (String[] entry : groups) {
            OptionalInt gid = AccountFile.id(entry[2]);
            if (gid.isPresent() && List.of(entry[3].strip().split(",")).contains(name)) {
                memberships.add(gid.getAsInt());
            }
        }
        return memberships;
    }

    /** A part is a number in range, or a name that could not be taken for one. */
    private static void check(String spec, String part) {
        if (AccountFile.digits(part)) {
            if (AccountFile.id(part).isEmpty()) {
                throw problem(spec, part + " is out of range", "ids go from 0 to 4294967294");
            }
        } else if (!name(part)) {
            throw problem(spec, part.isEmpty() ? "a part of it is empty" : "'" + part + "' is neither a number nor a name",
                    "write user or user:group; names have letters, digits, '_', '.', '-' and do not begin with a digit, '.', '-' or '+'");
        }
    }

    private static boolean name(String part) {
        return part.length() <= 256 && part.matches("[A-Za-z_][A-Za-z0-9_.@\\\\-]*\\$?");
    }

    private static InvalidSpec problem(String spec, String why, String remedy) {
        return new InvalidSpec("user(\"" + spec + "\")", why, remedy);
    }

    @Override
    public String toString() {
        return spec;
    }
}
