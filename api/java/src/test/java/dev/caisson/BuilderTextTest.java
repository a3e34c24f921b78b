package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A builder as logs and debuggers show it. */
class BuilderTextTest {
    private static final String HIDDEN = "hunter2";

    @Test
    void rootCommandAndWhatIsSet() {
        assertEquals("image alpine", IdleEngine.image().toString());
        assertEquals("rootfs /srv/root", IdleEngine.rootfs().toString());
        assertEquals("hostRoot", IdleEngine.hostRoot().toString());
        String text = IdleEngine.image().name("web").command("nginx", "-g", "daemon off;").env("TZ", "UTC").workdir("/srv").user("1000").port(8080, 80).tmpfs("/run:size=1m").readOnly()
                .memory("64m").timeout(Duration.ofSeconds(3)).capDrop(Capability.ALL).toString();
        assertEquals("image alpine: name web, command [nginx, -g, daemon off;], env [TZ], workdir /srv, user 1000, readOnly VOLATILE, mounts [/run], capDrop [" + Capability.ALL + "], memory 67108864, "
                + "ports [8080:80/tcp], timeout PT3S", text);
    }

    @Test
    void nothingSecret() {
        byte[] bytes = HIDDEN.getBytes(StandardCharsets.UTF_8);
        for (ContainerBuilder builder : new ContainerBuilder[] {IdleEngine.image().stdin(HIDDEN), IdleEngine.image().stdin(bytes), IdleEngine.image().stdin(new ByteArrayInputStream(bytes))}) {
            String text = builder.env("TOKEN", HIDDEN).secret("key", bytes).label("note", HIDDEN).annotation("a", HIDDEN).logDriver("splunk", Map.of("splunk-token", HIDDEN))
                    .health(h -> h.shell("curl -u me:" + HIDDEN)).bind(Path.of("/srv/" + HIDDEN), "/srv").toString();
            assertFalse(text.contains(HIDDEN), text);
            assertEquals("image alpine: labels [note], annotations [a], env [TOKEN], stdin, mounts [/srv], secrets [key], driver splunk, options [splunk-token], health", text);
        }
    }

    @Test
    void thePresetThatComesWithTheSpec() {
        assertEquals("image alpine: sandbox, memory 67108864", IdleEngine.image().sandbox().memory("64m").toString());
    }

    @Test
    void evenWhatIsWrong() {
        assertEquals("image alpine: name -", IdleEngine.image().name("-").toString());
    }
}
