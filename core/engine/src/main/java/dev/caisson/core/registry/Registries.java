package dev.caisson.core.registry;

import dev.caisson.EngineProblem;
import dev.caisson.ImageProblem;
import dev.caisson.RegistryAccess;
import dev.caisson.Stage;
import dev.caisson.core.image.ImageReference;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The registries an engine talks to: where each is, how it is trusted, who we are to it. Connections and tokens are kept from one use to the next. */
public final class Registries implements AutoCloseable {
    private static final String HUB = "docker.io";
    private static final URI HUB_SERVER = URI.create("https://registry-1.docker.io");
    private static final List<Path> CERTIFICATES = List.of(Path.of("/etc/docker/certs.d"), Path.of("/etc/containers/certs.d"));
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration SETTLING = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Map<String, RegistryAccess> access = new ConcurrentHashMap<>();
    private final Map<String, List<Endpoint>> endpoints = new ConcurrentHashMap<>();
    private final Map<String, Endpoint> trustServers = new ConcurrentHashMap<>();
    private final CredentialFiles files;
    private final Proxies proxies;
    private final Requests requests;
    private final Duration patience;
    /** By the directory of certificates; "" for the JVM's trust alone. */
    private final Map<String, Client> clients = new HashMap<>();
    private @Nullable ExecutorService threads;
    private boolean closed;

    /**
     * @param configured the caller's; a later one replaces an earlier one of the same host
     * @param environment as System.getenv()
     */
    public Registries(List<RegistryAccess> configured, Map<String, String> environment) {
        this(configured, environment, RetryPolicy.DEFAULT, PATIENCE);
    }

    Registries(List<RegistryAccess> configured, Map<String, String> environment, RetryPolicy retries, Duration patience) {
        configured.forEach(a -> access.put(a.host(), a));
        this.files = new CredentialFiles(environment);
        this.proxies = new Proxies(environment);
        this.patience = patience;
        this.requests = new Requests(retries, patience);
    }

    /** Where an image's repository is. */
    RemoteRepository repository(ImageReference name) {
        return new RemoteRepository(endpoints.computeIfAbsent(name.domain(), this::endpoints), name.path(), requests);
    }

    /** The registry of a host, not its mirrors: who is pushed to. */
    Endpoint itself(String host) {
        List<Endpoint> all = endpoints.computeIfAbsent(host, this::endpoints);
        return all.get(all.size() - 1);
    }

    /** The same, for somebody who is not known yet. */
    Endpoint itself(String host, Credentials as) {
        Endpoint known = itself(host);
        return Endpoint.of(host, known.base(), known.client(), patience, () -> Optional.of(as));
    }

    /**
     * A server of content trust. It is trusted as a registry at its address would be.
     *
     * @param registry whose images it is about
     * @param usual whether docker would ask it for that registry: then it may have the registry's credentials, unless there are some for itself
     */
    Endpoint trustServer(String registry, URI server, boolean usual) {
        String name = server.getRawAuthority();
        Path certificates = certificates(name, access.get(name));
        Supplier<Optional<Credentials>> own = credentials(name);
        Supplier<Optional<Credentials>> known = () -> own.get().or(usual ? credentials(registry) : Optional::empty);
        return trustServers.computeIfAbsent(registry + " " + server, k -> Endpoint.of(name, server, client(certificates), patience, known));
    }

    /** Connections and tokens of before are not used any more: who we are has changed. */
    void forget(String host) {
        endpoints.remove(host);
        trustServers.clear();
    }

    CredentialFiles files() {
        return files;
    }

    Requests requests() {
        return requests;
    }

    /** Mirrors first. */
    private List<Endpoint> endpoints(String host) {
        RegistryAccess given = access.getOrDefault(host, RegistryAccess.of(host));
        List<Endpoint> all = new ArrayList<>();
        for (URI mirror : given.mirrors()) {
            String name = mirror.getRawAuthority();
            all.add(Endpoint.of(name, mirror, client(certificates(name, access.get(name))), patience, credentials(name)));
        }
        Path certificates = certificates(host, given);
        all.add(Endpoint.of(host, address(host, given, certificates), client(certificates), patience, credentials(host)).chunks(given.uploadChunk()));
        return all;
    }

    private static URI address(String host, RegistryAccess given, @Nullable Path certificates) {
        if (host.equals(HUB) && given.scheme() == null) {
            return HUB_SERVER;
        }
        String scheme = given.scheme() != null ? given.scheme() : certificates == null && Loopback.is(host.replaceFirst(":\\d+$", "")) ? "http" : "https";
        URI uri = URI.create(scheme + "://" + host);
        if (!Address.usable(uri)) {
            throw new ImageProblem(Stage.PULL, "'" + host + "' is no host and port (RFC 3986), so no registry can be there", "check the image's name; without a host it is docker.io's");
        }
        return uri;
    }

    private static @Nullable Path certificates(String host, @Nullable RegistryAccess given) {
        if (given != null && given.certificates() != null) {
            return given.certificates();
        }
        return CERTIFICATES.stream().map(d -> d.resolve(host)).filter(Files::isDirectory).findFirst().orElse(null);
    }

    private Supplier<Optional<Credentials>> credentials(String host) {
        return () -> {
            RegistryAccess given = access.get(host);
            return given != null && given.secret() != null ? Optional.of(new Credentials(given.user() == null ? "" : given.user(), given.secret())) : files.of(host);
        };
    }

    private synchronized Client client(@Nullable Path certificates) {
        if (closed) {
            throw new EngineProblem(Stage.PULL, "the engine is closed, and talks to no registry any more", "open another with Engine.builder()");
        }
        return clients.computeIfAbsent(certificates == null ? "" : certificates.toString(), k -> new Client(make(certificates), patience));
    }

    /** Redirects are followed by {@link Requests}, which knows to whom credentials may go. */
    private HttpClient make(@Nullable Path certificates) {
        HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT).proxy(proxies).executor(threads());
        if (certificates != null) {
            builder.sslContext(Certificates.context(certificates));
        }
        return builder.build();
    }

    private ExecutorService threads() {
        ExecutorService running = threads;
        if (running == null) {
            AtomicInteger count = new AtomicInteger();
            running = Executors.newCachedThreadPool(task -> {
                Thread thread = new Thread(task, "caisson-registry-" + count.incrementAndGet());
                thread.setDaemon(true);
                return thread;
            });
            threads = running;
        }
        return running;
    }

    /** Whoever waits for a registry is told that the engine is closed, and whoever asks for one. */
    public synchronized void hangUp() {
        closed = true;
        clients.values().forEach(Client::hangUp);
    }

    /** Hangs up, and ends all connections and every thread of them. */
    @Override
    public synchronized void close() {
        hangUp();
        endpoints.clear();
        trustServers.clear();
        ExecutorService running = threads;
        if (running != null) {
            // Before the clients: one of these threads gives a connection back under a lock that the client's own thread, ending, waits for while it holds the other.
            running.shutdown();
            try {
                running.awaitTermination(SETTLING.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        clients.values().forEach(c -> ClientEnd.of(c.http()));
        clients.clear();
        if (running != null) {
            running.shutdownNow();
        }
    }
}
