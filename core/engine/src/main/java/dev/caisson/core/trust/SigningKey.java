package dev.caisson.core.trust;

import dev.caisson.Stage;
import dev.caisson.TrustProblem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.PSSParameterSpec;
import java.util.Base64;
import java.util.List;

/** A private key that tags are signed with: PKCS #8 as PEM, not encrypted. It is read for each use and kept nowhere. */
final class SigningKey {
    private static final int SALT = 32;
    private static final byte[] PROBE = "whose key is this".getBytes(StandardCharsets.US_ASCII);

    private final PrivateKey key;

    private SigningKey(PrivateKey key) {
        this.key = key;
    }

    /** @throws TrustProblem if it cannot be read */
    static SigningKey read(Path file, String repository) {
        String why;
        try {
            String pem = Files.readString(file, StandardCharsets.US_ASCII);
            if (pem.contains("-----BEGIN PRIVATE KEY-----")) {
                byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("(?s).*-----BEGIN PRIVATE KEY-----|-----END PRIVATE KEY-----.*", ""));
                for (String algorithm : List.of("EC", "RSA", "Ed25519")) {
                    try {
                        return new SigningKey(KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der)));
                    } catch (InvalidKeySpecException e) {
                        // perhaps the next
                    }
                }
            }
            why = "it is no PKCS #8 key without a password";
        } catch (IOException | IllegalArgumentException | GeneralSecurityException e) {
            why = e.toString();
        }
        throw new TrustProblem(Stage.PUSH, repository, Role.RELEASES, "the signing key " + file + " cannot be used: " + why,
                "openssl pkcs8 -topk8 -nocrypt makes one of another PEM key; keep it 0600", null);
    }

    /** Whether it is the private half of that key. */
    boolean fits(TrustKey other) {
        return other.signed(PROBE, method(), sign(PROBE));
    }

    /** As metadata calls what {@link #sign} does. */
    String method() {
        return key instanceof ECPrivateKey ? "ecdsa" : key instanceof RSAPrivateKey ? "rsapss" : "eddsa";
    }

    byte[] sign(byte[] message) {
        try {
            Signature signature = Signature.getInstance(switch (method()) {
                case "ecdsa" -> "SHA256withECDSAinP1363Format";
                case "rsapss" -> "RSASSA-PSS";
                default -> "Ed25519";
            });
            if (key instanceof RSAPrivateKey) {
                signature.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, SALT, 1));
            }
            signature.initSign(key);
            signature.update(message);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a key that was read cannot sign", e);
        }
    }
}
