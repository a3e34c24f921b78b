package dev.caisson.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("host")
class NginxImageTest {
    @Test
    void isLaidOutAsDockerHubsImage() {
        NginxImage image = NginxImage.make();
        List<String> entries = Commands.run(List.of("tar", "--list", "--verbose", "--numeric-owner", "--file", image.tar().toString())).lines()
                .filter(line -> line.contains("nginx")).map(line -> line.replaceAll(" +", " ")).toList();

        assertTrue(entries.stream().anyMatch(e -> e.endsWith("./var/log/nginx/access.log -> /dev/stdout")), () -> list(entries));
        assertTrue(entries.stream().anyMatch(e -> e.endsWith("./var/log/nginx/error.log -> /dev/stderr")), () -> list(entries));
        assertTrue(entries.stream().anyMatch(e -> e.endsWith("./etc/nginx/conf.d/default.conf")), () -> list(entries));
        assertTrue(entries.stream().anyMatch(e -> e.startsWith("drwxr-xr-x 101/0 ") && e.endsWith("./var/cache/nginx/")), () -> list(entries));
        assertTrue(entries.stream().anyMatch(e -> e.startsWith("-rwxr-xr-x 0/0 ") && e.endsWith("./usr/sbin/nginx")), () -> list(entries));
    }

    @Test
    void isMadeOnce() {
        assertEquals(NginxImage.make(), NginxImage.make());
    }

    private static String list(List<String> entries) {
        return entries.stream().collect(Collectors.joining(System.lineSeparator()));
    }
}
