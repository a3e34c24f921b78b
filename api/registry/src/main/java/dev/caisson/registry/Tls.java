package dev.caisson.registry;

import dev.caisson.InvalidSpec;
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
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A server's certificate and key, from PEM or PKCS #12. */
final class Tls {
    private static final String PKCS8 = "-----BEGIN PRIVATE KEY-----";
    private static final char[] NO_PASSWORD = new char[0];

    private Tls() {}

    /** @throws InvalidSpec if the files do not hold what they should */
    static SSLContext pem(Path certificates, Path key) {
        try (InputStream in = Files.newInputStream(certificates)) {
            Collection<? extends Certificate> chain = CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (chain.isEmpty()) {
                throw new GeneralSecurityException(certificates + " holds no certificate");
            }
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, NO_PASSWORD);
            store.setKeyEntry("server", key(key), NO_PASSWORD, chain.toArray(new Certificate[0]));
            return context(store, NO_PASSWORD);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new InvalidSpec("tls(\"" + certificates + "\", \"" + key + "\")", "cannot be used: " + e,
                    "give a chain of certificates and an unencrypted PKCS #8 key, both PEM; openssl pkcs8 -topk8 -nocrypt makes one of an older kind of key");
        }
    }

    /** @throws InvalidSpec if the file does not hold what it should */
    static SSLContext pkcs12(Path file, String password) {
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, password.toCharArray());
            if (java.util.Collections.list(store.aliases()).stream().noneMatch(a -> isKey(store, a))) {
                throw new GeneralSecurityException("it holds no private key");
            }
            return context(store, password.toCharArray());
        } catch (IOException | GeneralSecurityException e) {
            throw new InvalidSpec("tls(\"" + file + "\", …)", "cannot be used: " + e.getMessage(), "give a PKCS #12 file with certificates and key, and its password");
        }
    }

    private static boolean isKey(KeyStore store, String alias) {
        try {
            return store.isKeyEntry(alias);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static SSLContext context(KeyStore store, char[] password) throws GeneralSecurityException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    private static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
        String pem = Files.readString(file, StandardCharsets.US_ASCII);
        if (!pem.contains(PKCS8)) {
            throw new InvalidKeySpecException(file + " is no PKCS #8 key");
        }
        byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("(?s).*-----BEGIN PRIVATE KEY-----|-----END PRIVATE KEY-----.*", ""));
        for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
            } catch (InvalidKeySpecException e) {
                // perhaps the next
            }
        }
        throw new InvalidKeySpecException(file + " is neither an RSA nor an EC nor an Ed25519 key");
    }
}
