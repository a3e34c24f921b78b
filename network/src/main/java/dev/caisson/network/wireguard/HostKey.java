package dev.caisson.network.wireguard;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.XECPrivateKey;
import java.security.interfaces.XECPublicKey;
import java.util.Arrays;

/** A pair of Curve25519 keys (RFC 7748), drawn anew and kept in memory alone. */
public final class HostKey implements AutoCloseable {
    /** Bytes of a key, of either kind. */
    public static final int BYTES = 32;

    private final byte[] secret;
    private final byte[] open;

    private HostKey(byte[] secret, byte[] open) {
        this.secret = secret;
        this.open = open;
    }

    /** A new one. */
    public static HostKey draw() {
        try {
            KeyPair pair = KeyPairGenerator.getInstance("X25519").generateKeyPair();
            byte[] secret = ((XECPrivateKey) pair.getPrivate()).getScalar().orElseThrow();
            return new HostKey(secret, bytes(((XECPublicKey) pair.getPublic()).getU()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no X25519; its module jdk.crypto.ec is missing", e);
        }
    }

    /** A coordinate as the wire has it, the least byte first. */
    static byte[] bytes(BigInteger coordinate) {
        byte[] little = new byte[BYTES];
        byte[] big = coordinate.toByteArray();
        for (int i = 0; i < big.length && i < BYTES; i++) {
            little[i] = big[big.length - 1 - i];
        }
        return little;
    }

    /** What everybody may know. */
    public byte[] publicKey() {
        return open.clone();
    }

    /** What the kernel alone is told; the array itself, so that there are no copies. */
    public byte[] privateKey() {
        return secret;
    }

    /** Forgets the private one. */
    @Override
    public void close() {
        Arrays.fill(secret, (byte) 0);
    }
}
