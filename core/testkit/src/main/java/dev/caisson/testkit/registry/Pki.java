package dev.caisson.testkit.registry;

import java.nio.file.Path;

/** A certificate authority of a test's own, by openssl. */
public final class Pki {
    private final Path directory;

    /** @param directory is made; {@code ca.crt} is the authority, and the directory serves as {@code certs.d/HOST} */
    public Pki(Path directory) {
        this.directory = directory;
        Shell.run("mkdir -p '" + directory + "/keys' && cd '" + directory + "' && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=Authority of a test' -keyout keys/ca.key -out ca.crt "
                + "-addext 'basicConstraints=critical,CA:TRUE' 2>&1");
    }

    /** Directory with {@code ca.crt}. */
    public Path directory() {
        return directory;
    }

    /** A certificate and its key, PEM. */
    public record Identity(Path certificate, Path key) {}

    /** For 127.0.0.1 and localhost. */
    public Identity server() {
        return issue("server", "IP:127.0.0.1,DNS:localhost", "-days 2");
    }

    /**
     * A certificate.
     *
     * @param names as in openssl's subjectAltName
     * @param validity openssl's words for how long
     */
    public Identity issue(String file, String names, String validity) {
        return issue(file, "/CN=" + file, names, validity);
    }

    /** The same with a subject of the caller's, as {@code /O=test}. */
    public Identity issue(String file, String subject, String names, String validity) {
        Shell.run("cd '" + directory + "/keys' && openssl req -newkey rsa:2048 -nodes -subj '" + subject + "' -keyout " + file + ".key -out " + file + ".csr 2>&1 && "
                + "printf 'subjectAltName=" + names + "\\nextendedKeyUsage=serverAuth,clientAuth\\n' > " + file + ".ext && openssl x509 -req -in " + file + ".csr -CA ../ca.crt -CAkey ca.key "
                + "-CAcreateserial -extfile " + file + ".ext " + validity + " -out " + file + ".pem 2>&1");
        return new Identity(directory.resolve("keys/" + file + ".pem"), directory.resolve("keys/" + file + ".key"));
    }
}
