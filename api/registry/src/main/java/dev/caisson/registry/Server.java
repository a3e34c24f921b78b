package dev.caisson.registry;

import dev.caisson.InvalidSpec;
import dev.caisson.NetworkProblem;
import dev.caisson.RegistryServer;
import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.registry.access.Gate;
import dev.caisson.registry.access.Passwords;
import dev.caisson.registry.access.Tokens;
import dev.caisson.registry.http.Listener;
import dev.caisson.registry.store.DirectoryStore;
import dev.caisson.registry.store.EngineStore;
import dev.caisson.registry.store.Store;
import dev.caisson.spi.RegistryServerProvider.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listens, until it is closed. */
final class Server implements RegistryServer {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    private static final Duration UPLOADS_IDLE = Duration.ofHours(1);
    private static final Duration UPLOADS_LOOKED_AT = Duration.ofMinutes(1);

    private final Store store;
    private final Listener listener;
    private final String scheme;
    private final String host;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Server(Store store, Listener listener, String scheme, String host) {
        this.store = store;
        this.listener = listener;
        this.scheme = scheme;
        this.host = host;
    }

    static Server start(Settings settings) {
        InetAddress address = address(settings.address());
        Optional<SSLContext> tls = tls(settings);
        if (tls.isEmpty() && !address.isLoopbackAddress() && !settings.plainHttp()) {
            throw new InvalidSpec("address(\"" + settings.address() + "\")", "is not this host's alone, and there is no TLS: anybody on the way can read passwords and images",
                    "tls(certificates, key), or plainHttp() if that is meant");
        }
        Passwords passwords = new Passwords(settings.users(), settings.htpasswd().orElse(null));
        if (!passwords.wanted() && (settings.tokens().isPresent() || settings.anonymousPull())) {
            throw new InvalidSpec(settings.tokens().isPresent() ? "tokens(…)" : "anonymousPull()", "means nothing in a registry without users", "add htpasswd(…) or user(…)");
        }
        if (settings.anonymousPull() && settings.tokens().isEmpty()) {
            throw new InvalidSpec("anonymousPull()", "needs tokens: where passwords go with every request, clients that have none ask for nothing", "add tokens(…)");
        }
        Gate gate = new Gate(passwords, settings.tokens().map(l -> new Tokens(l, Clock.systemUTC())).orElse(null), settings.rule().orElse((user, repository, action) -> true),
                settings.anonymousPull(), settings.readOnly());
        Store store = settings.images().<Store>map(images -> new EngineStore(images.serve(), settings.largestBlob(), settings.readOnly()))
                .orElseGet(() -> DirectoryStore.open(settings.directory().orElseThrow(), settings.largestBlob()));
        try {
            return listen(settings, address, tls, gate, store);
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
    }

    private static Server listen(Settings settings, InetAddress address, Optional<SSLContext> tls, Gate gate, Store store) {
        String scheme = tls.isPresent() ? "https" : "http";
        String text = address.isAnyLocalAddress() ? "127.0.0.1" : address.getHostAddress().replaceFirst("%.*", "");
        try {
            Listener listener = new Listener(new InetSocketAddress(address, settings.port()), tls.orElse(null), settings.threads(), settings.patience());
            String host = (text.contains(":") ? "[" + text + "]" : text) + ":" + listener.port();
            listener.every(UPLOADS_LOOKED_AT, () -> expire(store));
            listener.start(new Api(store, gate, scheme, host));
            return new Server(store, listener, scheme, host);
        } catch (IOException e) {
            throw new NetworkProblem(Stage.NETWORK, "a registry cannot listen on " + settings.address() + ":" + settings.port() + ": " + e.getMessage(),
                    "choose another port, or 0 for any that is free", e);
        }
    }

    private static InetAddress address(String text) {
        try {
            if (text.chars().allMatch(c -> Character.digit(c, 16) >= 0 || c == '.' || c == ':') && (text.contains(".") || text.contains(":"))) {
                return InetAddress.getByName(text); // no name, so nothing is looked up
            }
        } catch (UnknownHostException e) {
            // told below
        }
        throw new InvalidSpec("address(\"" + text.replaceAll("\\p{Cntrl}", "?") + "\")", "is no IP address", "127.0.0.1, ::1, 0.0.0.0 for all");
    }

    private static Optional<SSLContext> tls(Settings settings) {
        return settings.certificate().map(certificate -> settings.key().map(key -> Tls.pem(certificate, key))
                .orElseGet(() -> Tls.pkcs12(certificate, settings.keyPassword().orElse(""))));
    }

    private static void expire(Store store) {
        try {
            store.uploads().expire(UPLOADS_IDLE);
            store.tidy();
        } catch (IOException | RuntimeException e) {
            LOG.warn("what nobody goes on with could not be dropped", e);
        }
    }

    @Override
    public String host() {
        return host;
    }

    @Override
    public URI uri() {
        return URI.create(scheme + "://" + host);
    }

    @Override
    public long collectGarbage(Duration unusedFor) {
        if (closed.get()) {
            throw new StorageProblem(Stage.VALIDATE, "the registry is closed", "start another with Registry.serve(…)");
        }
        try {
            return store.collect(unusedFor);
        } catch (IOException e) {
            throw new StorageProblem(Stage.VALIDATE, "the registry's garbage could not be collected: " + e, "check the directory's disk and its owner", e);
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            listener.close();
            store.close();
        }
    }

    @Override
    public String toString() {
        return uri().toString();
    }
}
