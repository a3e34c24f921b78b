package dev.caisson.core.trust;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A public key of the metadata. Notary has {@code ecdsa}, {@code rsa} (a SubjectPublicKeyInfo), {@code ed25519} (32 bytes), and {@code ecdsa-x509}, {@code rsa-x509}: a
 * certificate as PEM, those that issued it after it.
 *
 * @param id SHA-256 of the key's canonical form
 * @param chain the certificate and those after it; empty for a bare key
 */
record TrustKey(String id, PublicKey key, List<X509Certificate> chain) {
    private static final byte[] ED25519_INFO = HexFormat.of().parseHex("302a300506032b6570032100");
    private static final int RSA_LEAST = 2048;
    private static final int RSA_MOST = 16_384;
    private static final int SALT = 32;

    TrustKey {
        chain = List.copyOf(chain);
    }

    /** All keys of a document by their ids, which must be what the keys come to. */
    static Map<String, TrustKey> all(Json parent) {
        Map<String, TrustKey> keys = new LinkedHashMap<>();
        parent.objects("keys").forEach((id, json) -> keys.put(id, parse(id, json)));
        return keys;
    }

    private static TrustKey parse(String id, Json json) {
        String type = json.text("keytype");
        byte[] value = json.object("keyval").base64("public");
        String actual = HexFormat.of().formatHex(sha256(("{\"keytype\":\"" + plain(type, json) + "\",\"keyval\":{\"private\":null,\"public\":\"" + json.object("keyval").text("public")
                + "\"}}").getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        if (!actual.equals(id)) {
            throw json.bad("the key's id is " + actual);
        }
        try {
            List<X509Certificate> chain = type.endsWith("-x509") ? certificates(value) : List.of();
            PublicKey key = switch (type) {
                case "ecdsa" -> KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(value));
                case "rsa" -> KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(value));
                case "ed25519" -> ed25519(value);
                case "ecdsa-x509", "rsa-x509" -> chain.get(0).getPublicKey();
                default -> throw json.bad("keys of type '" + type + "' are not known; ecdsa, ecdsa-x509, rsa, rsa-x509, ed25519 are");
            };
            boolean ofType = key instanceof ECPublicKey ? type.startsWith("ecdsa") : key instanceof RSAPublicKey ? type.startsWith("rsa") : type.equals("ed25519");
            if (!ofType) {
                throw json.bad("the key is of another type than " + type);
            }
            if (key instanceof RSAPublicKey rsa && (rsa.getModulus().bitLength() < RSA_LEAST || rsa.getModulus().bitLength() > RSA_MOST)) {
                throw json.bad("an RSA key of " + rsa.getModulus().bitLength() + " bits; " + RSA_LEAST + " to " + RSA_MOST + " are taken");
            }
            return new TrustKey(id, key, chain);
        } catch (GeneralSecurityException e) {
            throw json.bad("the key cannot be read: " + String.valueOf(e.getMessage()).replaceAll("\\p{Cntrl}", "?"));
        }
    }

    /** So that the text can stand in JSON as it is. */
    private static String plain(String type, Json json) {
        if (!type.chars().allMatch(c -> c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-')) {
            throw json.bad("'keytype' has characters that no type of key has");
        }
        return type;
    }

    private static PublicKey ed25519(byte[] raw) throws GeneralSecurityException {
        byte[] info = java.util.Arrays.copyOf(ED25519_INFO, ED25519_INFO.length + raw.length);
        System.arraycopy(raw, 0, info, ED25519_INFO.length, raw.length);
        return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(info));
    }

    private static List<X509Certificate> certificates(byte[] pem) throws GeneralSecurityException {
        List<X509Certificate> all = new ArrayList<>();
        for (Certificate certificate : CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem))) {
            all.add((X509Certificate) certificate);
        }
        if (all.isEmpty()) {
            throw new GeneralSecurityException("there is no certificate in it");
        }
        return all;
    }

    /** Whether this key made the signature; a method that does not fit the key, or is not known, made none. */
    boolean signed(byte[] message, String method, byte[] signature) {
        try {
            Signature verifier;
            if (key instanceof ECPublicKey ec && method.equals("ecdsa")) {
                int octets = (ec.getParams().getCurve().getField().getFieldSize() + 7) / 8;
                if (signature.length != 2 * octets) {
                    return false;
                }
                verifier = Signature.getInstance("SHA256withECDSAinP1363Format");
            } else if (key instanceof RSAPublicKey && method.equals("rsapss")) {
                verifier = Signature.getInstance("RSASSA-PSS");
                verifier.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, SALT, 1));
            } else if (key instanceof EdECPublicKey && method.equals("eddsa")) {
                verifier = Signature.getInstance("Ed25519");
            } else {
                return false;
            }
            verifier.initVerify(key);
            verifier.update(message);
            return verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            return false; // a signature of no proper form is none
        }
    }

    static byte[] sha256(byte[] content) {
        return digest("SHA-256", content);
    }

    static byte[] digest(String algorithm, byte[] content) {
        try {
            return MessageDigest.getInstance(algorithm).digest(content);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + algorithm, e);
        }
    }
}
