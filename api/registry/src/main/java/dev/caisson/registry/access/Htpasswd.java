package dev.caisson.registry.access;

import dev.caisson.InvalidSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A file of users as {@code htpasswd -B} writes it: {@code user:$2y$05$…}. */
final class Htpasswd {
    /** Version, cost, 22 characters of salt and 31 of hash. */
    private static final Pattern BCRYPT = Pattern.compile("\\$2[aby]\\$(0[4-9]|1[0-9])\\$[./A-Za-z0-9]{53}");

    private Htpasswd() {}

    /** Hashes by user. @throws InvalidSpec if a line is none, or has a weaker hash */
    static Map<String, String> parse(String file, List<String> lines) {
        Map<String, String> users = new LinkedHashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            int colon = line.indexOf(':');
            if (colon < 1 || !BCRYPT.matcher(line.substring(colon + 1)).matches()) {
                throw new InvalidSpec("htpasswd(\"" + file + "\")", "line " + (i + 1) + " is no user with a bcrypt hash", "write it with htpasswd -B " + file + " USER");
            }
            if (users.putIfAbsent(line.substring(0, colon), line.substring(colon + 1)) != null) {
                throw new InvalidSpec("htpasswd(\"" + file + "\")", "line " + (i + 1) + " has a user that an earlier line has", "leave one of the two");
            }
        }
        return users;
    }
}
