package dev.caisson.registry.access;

import at.favre.lib.crypto.bcrypt.BCrypt;
import at.favre.lib.crypto.bcrypt.LongPasswordStrategies;
import dev.caisson.InvalidSpec;
import dev.caisson.registry.protocol.Code;
import dev.caisson.registry.protocol.Fault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Users and what they show. A file that changes is read again; one that has become unreadable knows nobody. */
public final class Passwords {
    private static final Logger LOG = LoggerFactory.getLogger(Passwords.class);
    private static final int REMEMBERED = 1024;
    private static final int LONGEST = 512;
    private static final int SECONDS = 10;
    /** Of nobody: unknown users take as long as known ones. */
    private static final String DUMMY = "$2y$05$......................0000000000000000000000000000000";

    private final Mac mac = new Mac();
    /** What the users given by code show, as the MAC of name and secret. */
    private final Map<String, String> given = new LinkedHashMap<>();
    private final @Nullable Path file;
    /** Costly checks that turned out well: the MAC of name and secret, with the hash it was checked against. */
    private final Map<String, String> checked = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > REMEMBERED;
        }
    };
    /** Hashing is made to be slow: not every thread may be busy with it. */
    private final Semaphore hashing = new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), true);
    private Map<String, String> hashes = Map.of();
    private @Nullable FileTime readAt;

    /** @throws InvalidSpec if the file cannot be read or is none */
    public Passwords(Map<String, String> users, @Nullable Path htpasswd) {
        users.forEach((name, secret) -> given.put(name, mac.of(name, secret)));
        file = htpasswd;
        if (htpasswd != null) {
            try {
                read(htpasswd);
            } catch (IOException e) {
                throw new InvalidSpec("htpasswd(\"" + htpasswd + "\")", "cannot be read: " + e.getMessage(), "");
            }
        }
    }

    /** Whether this registry has users at all. */
    public boolean wanted() {
        return file != null || !given.isEmpty();
    }

    /** Whether the user is known with this secret. */
    public boolean known(String user, String secret) {
        if (user.length() + secret.length() > LONGEST || secret.indexOf('\0') >= 0) {
            return false;
        }
        String shown = mac.of(user, secret);
        String own = given.get(user);
        if (own != null) {
            return MessageDigest.isEqual(own.getBytes(StandardCharsets.US_ASCII), shown.getBytes(StandardCharsets.US_ASCII));
        }
        String hash = hash(user);
        synchronized (checked) {
            if (hash != null && hash.equals(checked.get(shown))) {
                return true;
            }
        }
        boolean same = matches(secret, hash == null ? DUMMY : hash) && hash != null;
        if (same) {
            synchronized (checked) {
                checked.put(shown, hash);
            }
        }
        return same;
    }

    private boolean matches(String secret, String hash) {
        try {
            if (!hashing.tryAcquire(SECONDS, TimeUnit.SECONDS)) {
                throw new Fault(Code.TOOMANYREQUESTS, "too many passwords are being checked");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Fault(Code.TOOMANYREQUESTS, 503, "the registry is closing");
        }
        try {
            // bcrypt looks at 72 bytes, and htpasswd cuts what is longer.
            return BCrypt.verifyer(null, LongPasswordStrategies.truncate(BCrypt.Version.VERSION_2A))
                    .verify(secret.getBytes(StandardCharsets.UTF_8), hash.getBytes(StandardCharsets.US_ASCII)).verified;
        } finally {
            hashing.release();
        }
    }

    private synchronized @Nullable String hash(String user) {
        if (file != null) {
            try {
                if (!Files.getLastModifiedTime(file).equals(readAt)) {
                    read(file);
                }
            } catch (IOException | InvalidSpec e) {
                if (!hashes.isEmpty()) {
                    LOG.warn("users of {} are not let in any more: {}", file, e.getMessage());
                }
                hashes = Map.of();
                readAt = null;
            }
        }
        return hashes.get(user);
    }

    private synchronized void read(Path htpasswd) throws IOException {
        FileTime time = Files.getLastModifiedTime(htpasswd);
        hashes = Htpasswd.parse(htpasswd.toString(), Files.readAllLines(htpasswd));
        readAt = time;
    }
}
