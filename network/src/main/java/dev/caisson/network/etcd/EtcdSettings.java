package dev.caisson.network.etcd;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where etcd is, and who asks.
 *
 * @param endpoints asked in turn until one answers
 * @param user empty without authentication
 * @param password a file with the user's; read at each log-in
 * @param authority a PEM file of certificates; empty for those the JDK trusts
 * @param certificate the client's own, with its chain, a PEM file
 * @param key of that certificate, PKCS #8 in PEM
 */
public record EtcdSettings(List<URI> endpoints, Optional<String> user, Optional<Path> password, Optional<Path> authority, Optional<Path> certificate, Optional<Path> key) {
    public EtcdSettings {
        endpoints = List.copyOf(endpoints);
    }
}
