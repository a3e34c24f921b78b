package dev.caisson.network.wireguard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.caisson.network.netlink.Answer;
import dev.caisson.network.netlink.Message;
import dev.caisson.network.rtnetlink.Links;
import dev.caisson.testkit.Golden;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.crypto.KeyAgreement;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class WireGuardTest {
    private static byte[] repeated(int value, int times) {
        byte[] all = new byte[times];
        Arrays.fill(all, (byte) value);
        return all;
    }

    /** Byte by byte, as Debian's kernel took it when this was written. */
    @Test
    void requests() throws IOException {
        Assumptions.assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN, "the golden bytes are a little-endian machine's");
        StringBuilder text = new StringBuilder();
        for (Message each : List.of(Links.wireguard("wg0", 9, 1440), WireGuard.find(), WireGuard.begin(35, "wg0", repeated(0x11, 32), 51820),
                WireGuard.peer(35, "wg0", repeated(0x22, 32), new byte[] {(byte) 192, (byte) 168, 77, 12}, 51820, new byte[] {(byte) 192, (byte) 168, 77, 12}),
                WireGuard.remove(35, "wg0", repeated(0x22, 32)))) {
            text.append(each.about()).append('\n');
            byte[] bytes = each.encode(1);
            for (int i = 0; i < bytes.length; i += 16) {
                text.append("  ").append(HexFormat.ofDelimiter(" ").formatHex(bytes, i, Math.min(i + 16, bytes.length))).append('\n');
            }
        }
        Golden.check(Path.of("src/test/golden", "wireguard.txt"), text.toString());
    }

    @Test
    void theNumberOfTheFamily() {
        byte[] answer = Message.of(16, 0, "answer").raw((byte) 1, (byte) 2, (byte) 0, (byte) 0).text(2, "wireguard").put(1, (byte) 0x23, (byte) 0).encode(1);
        assertEquals(Optional.of(0x23), WireGuard.number(Answer.parse(answer).get(0)));
        for (int size : new int[] {0, 1, 3, 4}) { // no number of a family
            byte[] other = Message.of(16, 0, "answer").raw((byte) 1, (byte) 2, (byte) 0, (byte) 0).put(1, new byte[size]).encode(1);
            assertEquals(Optional.empty(), WireGuard.number(Answer.parse(other).get(0)));
        }
    }

    /** Row 112. */
    @Property
    void garbage(@ForAll @Size(max = 60) byte[] payload, @ForAll boolean controller) {
        WireGuard.number(new Answer(controller ? 16 : 3, 0, 0, payload)).ifPresent(n -> assertEquals(n & 0xffff, n));
        byte[] led = payload.clone();
        if (led.length > 0) {
            led[0] = 1;
        }
        WireGuard.number(new Answer(16, 0, 0, led));
    }

    /** The public key is the private one times the base point (RFC 7748, 6.1). */
    @Test
    void keys() throws Exception {
        try (HostKey one = HostKey.draw(); HostKey two = HostKey.draw()) {
            assertArrayEquals(one.publicKey(), times(one.privateKey()));
            assertFalse(Arrays.equals(one.publicKey(), two.publicKey()));
            byte[] secret = one.privateKey();
            one.close();
            assertArrayEquals(new byte[32], secret, "forgotten");
        }
        assertArrayEquals(HexFormat.of().parseHex("0900000000000000000000000000000000000000000000000000000000000000"), HostKey.bytes(BigInteger.valueOf(9)));
        assertEquals(0x7f, HostKey.bytes(BigInteger.ONE.shiftLeft(255).subtract(BigInteger.ONE))[31], "without the sign's byte");
    }

    private static byte[] times(byte[] scalar) throws Exception {
        KeyFactory factory = KeyFactory.getInstance("X25519");
        PrivateKey secret = factory.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, scalar));
        PublicKey base = factory.generatePublic(new XECPublicKeySpec(NamedParameterSpec.X25519, BigInteger.valueOf(9)));
        KeyAgreement agreement = KeyAgreement.getInstance("X25519");
        agreement.init(secret);
        agreement.doPhase(base, true);
        return agreement.generateSecret();
    }
}
