package dev.caisson.core.trust;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.ConcurrentHashMap;

/** A key of a publisher's, with which metadata is signed as Notary does. */
record TestSigner(String type, String value, PrivateKey secret, String method) {
    private static final ConcurrentHashMap<String, TestSigner> MADE = new ConcurrentHashMap<>();

    /** One of that name, made once: ecdsa, ecdsa384, rsa, ed25519. */
    static TestSigner of(String kind, String name) {
        return MADE.computeIfAbsent(kind + " " + name, k -> make(kind));
    }

    private static TestSigner make(String kind) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(kind.startsWith("ecdsa") ? "EC" : kind.equals("rsa") ? "RSA" : "Ed25519");
            if (!kind.equals("ed25519")) {
                generator.initialize(kind.equals("rsa") ? 2048 : kind.equals("ecdsa384") ? 384 : 256);
            }
            KeyPair pair = generator.generateKeyPair();
            byte[] value = pair.getPublic().getEncoded();
            String type = kind.replace("384", "");
            return new TestSigner(type, Base64.getEncoder().encodeToString(type.equals("ed25519") ? Arrays.copyOfRange(value, value.length - 32, value.length) : value), pair.getPrivate(),
                    method(type));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String method(String type) {
        return type.equals("rsa") ? "rsapss" : type.equals("ed25519") ? "eddsa" : "ecdsa";
    }

    /** One with a certificate of its own for a repository, by openssl. @param issue as openssl x509 or req wants it, after {@code -subj}; "" for self-signed */
    static TestSigner certificate(Path directory, String name, String commonName, String options) {
        return MADE.computeIfAbsent("certificate " + directory + " " + name + " " + commonName + options, k -> {
            try {
                Files.createDirectories(directory);
                Path key = directory.resolve(name + ".key");
                Path pem = directory.resolve(name + ".crt");
                Process openssl = new ProcessBuilder("sh", "-ec", "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout '" + key + "' -out '" + pem + "' -subj '/CN="
                        + commonName.replace("/", "\\/") + "' " + (options.isEmpty() ? "-days 365" : options)).redirectErrorStream(true).start();
                String said = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                if (openssl.waitFor() != 0) {
                    throw new AssertionError(said);
                }
                byte[] der = Base64.getMimeDecoder().decode(Files.readString(key).replaceAll("-----[A-Z ]+-----", ""));
                return new TestSigner("ecdsa-x509", Base64.getEncoder().encodeToString(Files.readAllBytes(pem)), KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der)),
                        "ecdsa");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException | GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    String json() {
        return "{\"keytype\":\"" + type + "\",\"keyval\":{\"private\":null,\"public\":\"" + value + "\"}}";
    }

    String id() {
        return HexFormat.of().formatHex(TrustKey.sha256(json().getBytes(StandardCharsets.UTF_8)));
    }

    /** As an item of "signatures". */
    String sign(String body) {
        try {
            Signature signature = Signature.getInstance(method.equals("ecdsa") ? "SHA256withECDSAinP1363Format" : method.equals("rsapss") ? "RSASSA-PSS" : "Ed25519");
            if (method.equals("rsapss")) {
                signature.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
            }
            signature.initSign(secret);
            signature.update(body.getBytes(StandardCharsets.UTF_8));
            return "{\"keyid\":\"" + id() + "\",\"method\":\"" + method + "\",\"sig\":\"" + Base64.getEncoder().encodeToString(signature.sign()) + "\"}";
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
