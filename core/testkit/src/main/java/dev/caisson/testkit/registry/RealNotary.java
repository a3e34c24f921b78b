package dev.caisson.testkit.registry;

import java.nio.file.Path;
import java.util.List;

/** Debian's notary-server (version 1) as a process of the test, with TLS on a free port of 127.0.0.1; what is published there lies in its memory. */
public final class RealNotary implements AutoCloseable {
    private final Pki pki;
    private final ServerProcess process;
    private String credentials = "";

    private RealNotary(Path directory, Pki pki, String auth) {
        this.pki = pki;
        Pki.Identity identity = pki.server();
        this.process = new ServerProcess(directory, "server.json", port -> "{\"server\":{\"http_addr\":\"127.0.0.1:" + port + "\",\"tls_cert_file\":\"" + identity.certificate()
                + "\",\"tls_key_file\":\"" + identity.key() + "\"},\"trust_service\":{\"type\":\"local\"},\"storage\":{\"backend\":\"memory\"},\"logging\":{\"level\":\"info\"}" + auth + "}",
                List.of("notary-server", "-config"));
    }

    /** Anybody may read and publish. */
    public static RealNotary open(Path directory, Pki pki) {
        return new RealNotary(directory, pki, "");
    }

    /** Who has a token may. */
    public static RealNotary token(Path directory, Pki pki, TokenServer tokens, String user, String password) {
        RealNotary notary = new RealNotary(directory, pki, ",\"auth\":{\"type\":\"token\",\"options\":{\"realm\":\"" + tokens.realm() + "\",\"service\":\"test-notary\",\"issuer\":\"test\","
                + "\"rootcertbundle\":\"" + tokens.identity().certificate() + "\"}}");
        notary.credentials = java.util.Base64.getEncoder().encodeToString((user + ":" + password).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return notary;
    }

    /** Host and port. */
    public String host() {
        return process.host();
    }

    /** As ContentTrust wants it. */
    public String address() {
        return "https://" + host();
    }

    /** What it says it was asked, so far. */
    public String log() {
        return process.log();
    }

    /** Somebody with keys of his own, in a directory of his own. */
    public Publisher publisher(Path keys) {
        return new Publisher(keys);
    }

    /** Debian's notary(1) with the keys of one publisher. */
    public final class Publisher {
        private final Path keys;

        private Publisher(Path keys) {
            this.keys = keys;
        }

        /** Runs {@code notary WORDS}; what it prints. */
        public String run(String words) {
            return Shell.run("mkdir -p '" + keys + "'; export NOTARY_ROOT_PASSPHRASE=pass-phrase NOTARY_TARGETS_PASSPHRASE=pass-phrase NOTARY_SNAPSHOT_PASSPHRASE=pass-phrase "
                    + "NOTARY_DELEGATION_PASSPHRASE=pass-phrase NOTARY_AUTH=" + credentials + "; echo yes | notary -s " + address() + " --tlscacert '"
                    + pki.directory() + "/ca.crt' -d '" + keys + "' " + words + " 2>&1");
        }

        /** Signs a digest for a tag with the repository's own key, and publishes. */
        public void sign(String repository, String tag, String digest, long size) {
            sign(repository, tag, digest, size, "targets");
        }

        /** The same in another role. */
        public void sign(String repository, String tag, String digest, long size, String role) {
            run("addhash " + repository + " " + tag + " " + size + " --sha256 " + digest.replaceFirst("^sha256:", "") + " -r " + role + " -p");
        }

        /** Lets the holder of a new key sign, and holds that key. */
        public void delegate(String repository, String role) {
            String name = role.replace('/', '-');
            Path key = newKey(name, "rsa:2048");
            admit(repository, role, name);
            run("key import '" + key + "' --role " + role);
        }

        /** A key of somebody who signs, with a certificate of its own, in the publisher's directory. @param kind openssl's words after {@code -newkey} */
        public Path newKey(String name, String kind) {
            Shell.run("mkdir -p '" + keys + "' && cd '" + keys + "' && openssl req -x509 -newkey " + kind + " -nodes -days 400 -subj /CN=" + name + " -keyout " + name + ".key -out " + name
                    + ".crt 2>&1");
            return keys.resolve(name + ".key");
        }

        /** Lets the holder of that key sign. */
        public void admit(String repository, String role, String name) {
            run("delegation add " + repository + " " + role + " '" + keys + "/" + name + ".crt' --all-paths -p");
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
