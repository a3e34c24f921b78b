package dev.caisson.core.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.InvalidSpec;
import dev.caisson.core.image.ImageConfig.Healthcheck;
import dev.caisson.core.image.ImageConfig.Settings;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The instructions of {@code docker import --change}, as docker understands them. */
class ImportChangesTest {
    @Test
    void allOfThem() {
        Settings s = ImportChanges.apply(List.of("CMD [\"nginx\", \"-g\", \"daemon off;\"]", "entrypoint /start.sh --now", "ENV A=1 B=\"two words\" C='x y' D=a\\ b", "ENV OLD the old form",
                "ENV A=2", "EXPOSE 80 53/udp 8000-8002", "LABEL a.b=c \"quoted key\"=v", "ONBUILD RUN make", "STOPSIGNAL SIGQUIT", "USER 1000:1000", "VOLUME /a /b", "VOLUME [\"/c d\"]",
                "WORKDIR /srv", "WORKDIR sub/../app"));
        assertEquals(List.of("nginx", "-g", "daemon off;"), s.cmd());
        assertEquals(List.of("/bin/sh", "-c", "/start.sh --now"), s.entrypoint());
        assertEquals(List.of("A=2", "B=two words", "C=x y", "D=a b", "OLD=the old form"), s.env());
        assertEquals(List.of("80/tcp", "53/udp", "8000/tcp", "8001/tcp", "8002/tcp"), s.exposedPorts());
        assertEquals(Map.of("a.b", "c", "quoted key", "v"), s.labels());
        assertEquals(List.of("RUN make"), s.onBuild());
        assertEquals(List.of("SIGQUIT", "1000:1000", "/srv/app"), List.of(s.stopSignal(), s.user(), s.workingDir()));
        assertEquals(List.of("/a", "/b", "/c d"), s.volumes());
    }

    @Test
    void healthchecks() {
        assertEquals(new Healthcheck(List.of("NONE"), 0, 0, 0, 0, 0), ImportChanges.apply(List.of("HEALTHCHECK NONE")).healthcheck());
        assertEquals(new Healthcheck(List.of("CMD-SHELL", "curl -f http://localhost/ || exit 1"), 5_000_000_000L, 0, 60_000_000_000L, 0, 3),
                ImportChanges.apply(List.of("HEALTHCHECK --interval=5s --start-period=1m --retries=3 CMD curl -f http://localhost/ || exit 1")).healthcheck());
        assertEquals(List.of("CMD", "true"), ImportChanges.apply(List.of("HEALTHCHECK CMD [\"true\"]")).healthcheck().test());
    }

    @Test
    void shellFormOfWhatLooksLikeJson() {
        assertEquals(List.of("/bin/sh", "-c", "[ -f /x ] && y"), ImportChanges.apply(List.of("CMD [ -f /x ] && y")).cmd());
        assertEquals(List.of("/bin/sh", "-c", "[\"a\", 1]"), ImportChanges.apply(List.of("CMD [\"a\", 1]")).cmd());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "RUN make", "FROM x", "ENV", "ENV A", "ENV A=b c", "ENV =x", "EXPOSE 0", "EXPOSE 65536", "EXPOSE 80/xyz", "EXPOSE 9-8", "EXPOSE x", "LABEL a", "USER",
            "HEALTHCHECK", "HEALTHCHECK curl", "HEALTHCHECK --interval=x CMD y", "HEALTHCHECK --foo=1s CMD y", "HEALTHCHECK CMD", "WORKDIR /a\u0000b"})
    void refused(String change) {
        assertThrows(InvalidSpec.class, () -> ImportChanges.apply(List.of(change)));
    }

    @Test
    void aMistypedOneIsNamed() {
        assertTrue(assertThrows(InvalidSpec.class, () -> ImportChanges.apply(List.of("EXPOSES 80"))).getMessage().contains("did you mean EXPOSE?"));
    }

    @Property(tries = 300)
    void anyText(@ForAll("words") String word, @ForAll String rest) {
        try {
            ImportChanges.apply(List.of(word + " " + rest));
        } catch (InvalidSpec expected) {
            assertTrue(expected.getMessage().contains("change"));
        }
    }

    @net.jqwik.api.Provide
    net.jqwik.api.Arbitrary<String> words() {
        return net.jqwik.api.Arbitraries.of("CMD", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "VOLUME", "WORKDIR", "USER", "X");
    }
}
