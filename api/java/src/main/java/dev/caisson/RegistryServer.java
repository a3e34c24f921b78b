package dev.caisson;

import dev.caisson.spi.Given;
import dev.caisson.spi.RegistryServerProvider;
import dev.caisson.spi.ServedImages;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * A registry of one's own that runs ({@link Registry#serve}): it speaks OCI distribution 1.1, so docker, skopeo, podman and this library push to it and pull from it.
 * It ends with {@link #close()}, or with the JVM; its images stay in its directory, or the engine's.
 */
public interface RegistryServer extends AutoCloseable {
    /** {@return its name in references, {@code 127.0.0.1:5000}} */
    String host();

    /** {@return its address, {@code https://127.0.0.1:5000}} */
    URI uri();

    /**
     * Frees what no image needs: blobs of a repository that none of its manifests names and that have been there for a while, then content that is in no repository.
     * Pushes wait meanwhile, pulls go on. Over an engine's images: what was pushed or asked for, is no image's, and was not asked for again.
     *
     * @param unusedFor spares what a push that is under way has brought; an hour is safe
     * @return bytes freed
     * @throws StorageProblem if the directory cannot be read or written
     */
    long collectGarbage(Duration unusedFor);

    /** Ends all connections and every thread; an upload under way is lost, everything that was answered is kept. Idempotent. */
    @Override
    void close();

    /** What somebody wants to do with a repository. */
    enum Action {
        /** Read manifests, blobs, tags, referrers. */
        PULL,
        /** Add manifests, blobs, tags. */
        PUSH,
        /** Delete them. */
        DELETE
    }

    /** Who may do what. */
    @FunctionalInterface
    interface Rule {
        /**
         * Asked at every request (with tokens: when one is given out), by many threads at once.
         *
         * @param user "" for one who has shown no password
         * @param repository such as {@code team/app}
         * @param action what is to be done
         * @return false refuses with 403 or 401
         */
        boolean allows(String user, String repository, Action action);
    }

    /** What a registry is to be like. Mutable, no I/O. */
    final class Builder {
        private static final int MOST_THREADS = 1024;
        private static final int THREADS = 64;
        private static final Duration PATIENCE = Duration.ofSeconds(30);
        private static final long LARGEST = 64L << 30;
        private static final int LAST_PORT = 65_535;

        private final @Nullable Path directory;
        private final ServedImages.@Nullable Source images;
        private final Map<String, String> users = new LinkedHashMap<>();
        private String address = "127.0.0.1";
        private int port;
        private boolean plainHttp;
        private @Nullable Path certificate;
        private @Nullable Path key;
        private @Nullable String keyPassword;
        private @Nullable Path htpasswd;
        private @Nullable Duration tokens;
        private @Nullable Rule rule;
        private boolean anonymousPull;
        private boolean readOnly;
        private int threads = THREADS;
        private Duration patience = PATIENCE;
        private long largestBlob = LARGEST;

        Builder(Path directory) {
            this.directory = directory.toAbsolutePath().normalize();
            this.images = null;
        }

        Builder(Images images) {
            if (!(images instanceof ServedImages.Source source)) {
                throw new InvalidSpec("serve(images)", "these images are not an engine's own", "give it what engine.images() returns");
            }
            this.directory = null;
            this.images = source;
            this.readOnly = true;
        }

        /**
         * The address it listens on; default 127.0.0.1. Another than loopback wants {@link #tls(Path, Path)} or {@link #plainHttp()}.
         *
         * @param ipAddress of this host; {@code 0.0.0.0} for all
         * @return this builder
         */
        public Builder address(String ipAddress) {
            Given.one(ipAddress);
            address = ipAddress;
            return this;
        }

        /**
         * The port; default 0, any that is free. Docker's registry uses 5000.
         *
         * @param number 0 to 65535; 0 for any that is free
         * @return this builder
         */
        public Builder port(int number) {
            if (number < 0 || number > LAST_PORT) {
                throw new InvalidSpec("port(" + number + ")", "is not between 0 and " + LAST_PORT, "");
            }
            port = number;
            return this;
        }

        /**
         * Without TLS although others than this host reach it: anybody on the way can read passwords and images, and change what has no digest.
         *
         * @return this builder
         */
        public Builder plainHttp() {
            plainHttp = true;
            return this;
        }

        /**
         * With TLS 1.2 or newer.
         *
         * @param certificateChain PEM, the server's own first
         * @param privateKey PEM, PKCS #8, without a password
         * @return this builder
         */
        public Builder tls(Path certificateChain, Path privateKey) {
            Given.all(certificateChain, privateKey);
            certificate = certificateChain;
            key = privateKey;
            keyPassword = null;
            return this;
        }

        /**
         * With TLS 1.2 or newer; certificates and key are in a PKCS #12 file.
         *
         * @param pkcs12 a key store with one key
         * @param password of the store and the key
         * @return this builder
         */
        public Builder tls(Path pkcs12, String password) {
            Given.all(pkcs12, password);
            certificate = pkcs12;
            key = null;
            keyPassword = password;
            return this;
        }

        /**
         * Users and passwords are in this file, as {@code htpasswd -B} writes it (bcrypt; nothing weaker is taken). It is read again when it changes.
         *
         * @param file lines {@code name:hash} of bcrypt alone ({@code htpasswd -B})
         * @return this builder
         */
        public Builder htpasswd(Path file) {
            Given.one(file);
            htpasswd = file;
            return this;
        }

        /**
         * A user, beside those of a file.
         *
         * @param name without {@code :}
         * @param secret kept as a bcrypt hash
         * @return this builder
         */
        public Builder user(String name, String secret) {
            Given.all(name, secret);
            if (name.isEmpty() || name.contains(":") || secret.isEmpty() || (name + secret).chars().anyMatch(Character::isISOControl)) {
                throw new InvalidSpec("user(\"" + name.replaceAll("\\p{Cntrl}", "?") + "\", …)", "needs a name without colon and a secret, neither with control characters (RFC 7617)", "");
            }
            users.put(name, secret);
            return this;
        }

        /**
         * Passwords go to this registry's token endpoint alone; what they are exchanged for is good for one purpose and a while (distribution spec, token authentication).
         * Default: passwords go with every request.
         *
         * @param lifetime of a token; a client asks for another then
         * @return this builder
         */
        public Builder tokens(Duration lifetime) {
            Given.one(lifetime);
            if (lifetime.compareTo(Duration.ofMinutes(1)) < 0 || lifetime.compareTo(Duration.ofDays(1)) > 0) {
                throw new InvalidSpec("tokens(" + lifetime + ")", "is not between a minute and a day", "");
            }
            tokens = lifetime;
            return this;
        }

        /**
         * What a user may do; default everything.
         *
         * @param who asked for each repository and action
         * @return this builder
         */
        public Builder allow(Rule who) {
            Given.one(who);
            rule = who;
            return this;
        }

        /**
         * Who shows no password may pull everything; needs {@link #tokens}, as clients ask without a password for a token alone.
         *
         * @return this builder
         */
        public Builder anonymousPull() {
            anonymousPull = true;
            return this;
        }

        /**
         * Nobody may push or delete; the default of a registry over an engine's images.
         *
         * @return this builder
         */
        public Builder readOnly() {
            readOnly = true;
            return this;
        }

        /**
         * Who may, may push and delete; the default of a registry over a directory. What is pushed to one over an engine's images is an image of the engine, unpacked.
         *
         * @return this builder
         */
        public Builder writable() {
            readOnly = false;
            return this;
        }

        /**
         * How many requests are answered at once, 2 to 1024; default {@value #THREADS}. Further ones wait.
         *
         * @param most 64 by default
         * @return this builder
         */
        public Builder threads(int most) {
            if (most < 2 || most > MOST_THREADS) {
                throw new InvalidSpec("threads(" + most + ")", "is not between 2 and " + MOST_THREADS, "");
            }
            threads = most;
            return this;
        }

        /**
         * A client that stands still so long, or moves less than 16 KiB in that time, is cut off, 100 ms to 1 hour; default 30 s.
         *
         * @param longest 30 s by default
         * @return this builder
         */
        public Builder patience(Duration longest) {
            Given.one(longest);
            if (longest.compareTo(Duration.ofMillis(100)) < 0 || longest.compareTo(Duration.ofHours(1)) > 0) {
                throw new InvalidSpec("patience(" + longest + ")", "is not between 100 ms and an hour", "");
            }
            patience = longest;
            return this;
        }

        /**
         * Most bytes of a blob; default 64 GiB.
         *
         * @param bytes 64 GiB by default
         * @return this builder
         */
        public Builder largestBlob(long bytes) {
            if (bytes < 1) {
                throw new InvalidSpec("largestBlob(" + bytes + ")", "is not positive", "");
            }
            largestBlob = bytes;
            return this;
        }

        /**
         * Starts it.
         *
         * @return listening, until it is closed or the JVM ends
         * @throws InvalidSpec if these settings do not go together
         * @throws NetworkProblem if it cannot listen there
         * @throws StorageProblem if the directory cannot be used, or another registry uses it
         * @throws EngineProblem if the artifact with the server is missing
         */
        public RegistryServer start() {
            RegistryServerProvider provider = ServiceLoader.load(RegistryServerProvider.class, RegistryServer.class.getClassLoader()).findFirst().orElseThrow(() ->
                    new EngineProblem(Stage.VALIDATE, "no registry server is on the class path or module path", "add the artifact dev.caisson:caisson-registry"));
            return provider.start(new RegistryServerProvider.Settings(Optional.ofNullable(directory), Optional.ofNullable(images), address, port, plainHttp, Optional.ofNullable(certificate), Optional.ofNullable(key),
                    Optional.ofNullable(keyPassword), Optional.ofNullable(htpasswd), users, Optional.ofNullable(tokens), Optional.ofNullable(rule), anonymousPull, readOnly,
                    threads, patience, largestBlob));
        }
    }
}
