package dev.caisson.network.etcd;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Whom the client trusts, and how it shows who it is. */
final class Tls {
    private static final String PKCS8 = "-----BEGIN PRIVATE KEY-----";

    private Tls() {}

    /** @throws IOException if a file is missing or is not what it should be; its message names the file */
    static SSLContext context(EtcdSettings settings) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(settings.certificate().isPresent() && settings.key().isPresent() ? own(settings.certificate().get(), settings.key().get()) : null,
                    settings.authority().isPresent() ? trust(settings.authority().get()) : null, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("TLS for etcd: " + e.getMessage(), e);
        }
    }

    private static List<Certificate> certificates(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            List<Certificate> all = new ArrayList<>(CertificateFactory.getInstance("X.509").generateCertificates(in));
            if (!all.isEmpty()) {
                return all;
            }
        } catch (GeneralSecurityException e) {
            throw new IOException(file + " is not a PEM file of certificates: " + e.getMessage(), e);
        }
        throw new IOException(file + " has no certificate");
    }

    private static TrustManager[] trust(Path file) throws IOException, GeneralSecurityException {
        KeyStore store = empty();
        int number = 0;
        for (Certificate each : certificates(file)) {
            store.setCertificateEntry("ca" + number++, each);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static KeyManager[] own(Path certificate, Path key) throws IOException, GeneralSecurityException {
        KeyStore store = empty();
        store.setKeyEntry("own", privateKey(key), new char[0], certificates(certificate).toArray(new Certificate[0]));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
    }

    private static PrivateKey privateKey(Path file) throws IOException, GeneralSecurityException {
        String pem = Files.readString(file, StandardCharsets.ISO_8859_1);
        if (!pem.contains(PKCS8)) {
            throw new IOException(file + " has no key in PKCS #8 (" + PKCS8 + "): openssl pkcs8 -topk8 -nocrypt makes one");
        }
        String body = pem.substring(pem.indexOf(PKCS8) + PKCS8.length());
        int end = body.indexOf("-----");
        byte[] der = Base64.getMimeDecoder().decode(end < 0 ? body : body.substring(0, end));
        for (String algorithm : List.of("EC", "RSA", "Ed25519")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
            } catch (InvalidKeySpecException e) {
                // of another kind
            }
        }
        throw new IOException(file + " has a key that is neither EC, RSA nor Ed25519");
    }

    private static KeyStore empty() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load((@Nullable InputStream) null, null);
        return store;
    }
}
