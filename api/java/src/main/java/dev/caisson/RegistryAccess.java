package dev.caisson;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one registry is reached, where that is not as usual: {@code Engine.builder().registry(RegistryAccess.of("registry.example.org:5000").login("me", token))}. What is
 * said here comes before docker's own files ({@code config.json}, {@code certs.d}).
 *
 * @param host host and port as they stand in references; {@code docker.io} for Docker Hub
 * @param scheme https or http; null for https, and http for a loopback address without certificates (docker's {@code insecure-registries})
 * @param certificates directory with {@code *.crt} (authorities), {@code *.cert} and {@code *.key} (the client's own), as docker's {@code certs.d/HOST}; null for that
 * @param mirrors tried first, in order, without this registry's credentials (docker's {@code registry-mirrors}, for any registry)
 * @param user user name; null for what docker's files say
 * @param secret password or token; null likewise
 * @param uploadChunk most bytes of a request of a push; 0 for any number
 */
public record RegistryAccess(String host, @Nullable String scheme, @Nullable Path certificates, List<URI> mirrors, @Nullable String user,
        @Nullable String secret, long uploadChunk) {
    public RegistryAccess {
        mirrors = List.copyOf(mirrors);
        if (uploadChunk < 0) {
            throw new InvalidSpec("uploadChunk(" + uploadChunk + ")", "is negative", "give the most bytes of a request, or 0 for any number");
        }
    }

    /** The usual way. */
    public static RegistryAccess of(String host) {
        return new RegistryAccess(host, null, null, List.of(), null, null, 0);
    }

    /** Without TLS. Anybody on the way can read passwords and change what has no digest. */
    public RegistryAccess plainHttp() {
        return new RegistryAccess(host, "http", certificates, mirrors, user, secret, uploadChunk);
    }

    /** With TLS, also on a loopback address. */
    public RegistryAccess tls() {
        return new RegistryAccess(host, "https", certificates, mirrors, user, secret, uploadChunk);
    }

    /** With TLS, trusting the authorities in this directory as well as the JVM's. */
    public RegistryAccess certificates(Path directory) {
        return new RegistryAccess(host, "https", directory, mirrors, user, secret, uploadChunk);
    }

    /** A mirror to be asked first, such as {@code https://mirror.example.org}. */
    public RegistryAccess mirror(String uri) {
        List<URI> all = new ArrayList<>(mirrors);
        all.add(URI.create(uri));
        return new RegistryAccess(host, scheme, certificates, all, user, secret, uploadChunk);
    }

    /** Credentials. */
    public RegistryAccess login(String name, String password) {
        return new RegistryAccess(host, scheme, certificates, mirrors, name, password, uploadChunk);
    }

    /** Larger blobs are pushed in chunks of so many bytes (a request each): for proxies before a registry that let no larger ones through. */
    public RegistryAccess uploadChunk(long bytes) {
        return new RegistryAccess(host, scheme, certificates, mirrors, user, secret, bytes);
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "registry " + host + (scheme == null ? "" : " by " + scheme) + (user == null ? "" : " as " + user) + (mirrors.isEmpty() ? "" : ", mirrors " + mirrors);
    }
}
