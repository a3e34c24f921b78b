package dev.caisson.network.overlay;

import dev.caisson.network.etcd.EtcdSettings;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The options about etcd. */
final class EtcdOptions {
    private final OverlayPlan.Reading reading;

    EtcdOptions(OverlayPlan.Reading reading) {
        this.reading = reading;
    }

    /** Empty if no endpoint was given. */
    Optional<EtcdSettings> settings() {
        List<URI> endpoints = endpoints();
        Optional<Path> certificate = file("etcd-cert");
        Optional<Path> key = file("etcd-key");
        if (certificate.isPresent() != key.isPresent()) {
            reading.wrong(certificate.isPresent() ? "etcd-cert" : "etcd-key", "is without the other of the two", "give certificate and key");
        }
        Optional<String> user = Optional.of(reading.options.text("etcd-user")).filter(u -> !u.isEmpty());
        Optional<Path> password = file("etcd-password-file");
        if (user.isPresent() != password.isPresent()) {
            reading.wrong(user.isPresent() ? "etcd-user" : "etcd-password-file", "is without the other of the two", "give user and password file");
        }
        boolean plain = endpoints.stream().anyMatch(e -> e.getScheme().equals("http"));
        if (plain && (user.isPresent() || certificate.isPresent() || reading.options.has("etcd-ca"))) {
            reading.wrong("etcd", "is not https, so a password or certificate would be of no use", "write https://");
        }
        return endpoints.isEmpty() ? Optional.empty() : Optional.of(new EtcdSettings(endpoints, user, password, file("etcd-ca"), certificate, key));
    }

    private List<URI> endpoints() {
        List<URI> endpoints = new ArrayList<>();
        for (String each : reading.options.list("etcd")) {
            try {
                URI uri = new URI(each);
                if (List.of("http", "https").contains(String.valueOf(uri.getScheme())) && uri.getHost() != null && (uri.getPath().isEmpty() || uri.getPath().equals("/"))
                        && uri.getUserInfo() == null && uri.getQuery() == null) {
                    endpoints.add(uri);
                    continue;
                }
            } catch (URISyntaxException e) {
                // said below
            }
            reading.wrong("etcd", "has '" + each.replaceAll("\\p{Cntrl}", "?") + "', which is no endpoint", "write it as http://10.0.0.5:2379");
        }
        return endpoints;
    }

    private Optional<Path> file(String name) {
        String text = reading.options.text(name);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            Path path = Path.of(text);
            if (Files.isRegularFile(path) && Files.isReadable(path)) {
                return Optional.of(path);
            }
        } catch (InvalidPathException e) {
            // said below
        }
        reading.wrong(name, "is no file that can be read", "");
        return Optional.empty();
    }
}
