package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

class RegistryAccessTest {
    @Test
    void mirrorsAreAddressesOfHttpOrHttps() {
        List<String> good = List.of("https://mirror.example.org", "http://127.0.0.1:5000", "https://[::1]:5000", "HTTPS://mirror.example.org/cache/");
        RegistryAccess access = RegistryAccess.of("docker.io");
        for (String uri : good) {
            access = access.mirror(uri);
        }
        assertEquals(good.stream().map(URI::create).toList(), access.mirrors());
    }

    @Test
    void whatIsNoneIsRefusedWithTheRemedy() {
        for (String bad : List.of("", "mirror.example.org", "mirror.example.org:5000", "ftp://mirror.example.org", "https://", "https:///x", "https://mirror example.org", "https://a:99999",
                "https://under_score:x", "https://me:topsecret@mirror.example.org", "https://mirror.example.org?x", "https://mirror.example.org#x", "not a uri \u0000")) {
            InvalidSpec refused = assertThrows(InvalidSpec.class, () -> RegistryAccess.of("docker.io").mirror(bad), bad);
            assertTrue(refused.getMessage().contains("mirror(") && refused.remedy().contains("https://"), refused.getMessage());
            assertFalse(refused.getMessage().contains("topsecret"), refused.getMessage());
        }
        assertThrows(InvalidSpec.class, () -> new RegistryAccess("docker.io", null, null, List.of(URI.create("mirror")), null, null, 0));
    }
}
