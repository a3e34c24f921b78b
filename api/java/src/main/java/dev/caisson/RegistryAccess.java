package dev.caisson;

import dev.caisson.spi.Given;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
    private static final int LAST_PORT = 65_535;

    /**
     * The list is copied, and its addresses are checked.
     *
     * @throws InvalidSpec if a mirror is no address of http or https, or a chunk has a negative size
     */
    public RegistryAccess {
        mirrors = List.copyOf(mirrors);
        for (URI mirror : mirrors) {
            String by = String.valueOf(mirror.getScheme()).toLowerCase(Locale.ROOT);
            if (!by.equals("http") && !by.equals("https")) {
                throw noMirror(mirror.toString(), "has no scheme of a registry");
            }
            if (mirror.getHost() == null || mirror.getPort() > LAST_PORT || mirror.getRawUserInfo() != null || mirror.getRawQuery() != null || mirror.getRawFragment() != null) {
                throw noMirror(mirror.toString(), "is no host, port and path");
            }
        }
        if (uploadChunk < 0) {
            throw new InvalidSpec("uploadChunk(" + uploadChunk + ")", "is negative", "give the most bytes of a request, or 0 for any number");
        }
    }

    private static InvalidSpec noMirror(String uri, String why) {
        return new InvalidSpec("mirror(\"" + uri.replaceAll("//[^/@]*@", "//…@") + "\")", why, "write it as https://mirror.example.org:5000; credentials belong to RegistryAccess.of(\"mirror.example.org:5000\").login(…)");
    }

    /**
     * The usual way.
     *
     * @param host and port as they stand in references; {@code docker.io} for Docker Hub
     * @return to be told what is not as usual; a value, each method gives another
     */
    public static RegistryAccess of(String host) {
        Given.one(host);
        return new RegistryAccess(host, null, null, List.of(), null, null, 0);
    }

    /**
     * Without TLS. Anybody on the way can read passwords and change what has no digest.
     *
     * @return a copy
     */
    public RegistryAccess plainHttp() {
        return new RegistryAccess(host, "http", certificates, mirrors, user, secret, uploadChunk);
    }

    /**
     * With TLS, also on a loopback address.
     *
     * @return a copy
     */
    public RegistryAccess tls() {
        return new RegistryAccess(host, "https", certificates, mirrors, user, secret, uploadChunk);
    }

    /**
     * With TLS, trusting the authorities in this directory as well as the JVM's.
     *
     * @param directory with {@code *.crt}, {@code *.cert} and {@code *.key}, as docker's {@code certs.d/HOST}
     * @return a copy
     */
    public RegistryAccess certificates(Path directory) {
        Given.one(directory);
        return new RegistryAccess(host, "https", directory, mirrors, user, secret, uploadChunk);
    }

    /**
     * A mirror to be asked first, such as {@code https://mirror.example.org}.
     *
     * @param uri with scheme and host; further ones are asked after it
     * @return a copy
     * @throws InvalidSpec if it is no address of http or https
     */
    public RegistryAccess mirror(String uri) {
        Given.one(uri);
        List<URI> all = new ArrayList<>(mirrors);
        try {
            all.add(new URI(uri));
        } catch (URISyntaxException e) {
            throw noMirror(uri, "is no URI: " + e.getReason());
        }
        return new RegistryAccess(host, scheme, certificates, all, user, secret, uploadChunk);
    }

    /**
     * Who we are to it; before what docker's files say.
     *
     * @param name as the registry knows it
     * @param password or token; in no text of the library's
     * @return a copy
     */
    public RegistryAccess login(String name, String password) {
        Given.all(name, password);
        return new RegistryAccess(host, scheme, certificates, mirrors, name, password, uploadChunk);
    }

    /**
     * Larger blobs are pushed in chunks of so many bytes (a request each): for proxies before a registry that let no larger ones through.
     *
     * @param bytes most of a request; 0 for any number
     * @return a copy
     * @throws InvalidSpec if it is negative
     */
    public RegistryAccess uploadChunk(long bytes) {
        return new RegistryAccess(host, scheme, certificates, mirrors, user, secret, bytes);
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "registry " + host + (scheme == null ? "" : " by " + scheme) + (user == null ? "" : " as " + user) + (mirrors.isEmpty() ? "" : ", mirrors " + mirrors);
    }
}
