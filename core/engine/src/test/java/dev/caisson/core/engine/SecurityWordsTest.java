package dev.caisson.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.ContainerSpec;
import dev.caisson.SandboxTier;
import dev.caisson.SeccompChoice;
import dev.caisson.UserNamespace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SecurityWordsTest {
    private static ContainerSpec.Security security(boolean privileged, boolean noNewPrivileges, SeccompChoice seccomp, String ipc, String apparmor, String selinux) {
        return new ContainerSpec.Security(Set.of(), Set.of(), privileged, noNewPrivileges, seccomp, Map.of(), false, Duration.ZERO, UserNamespace.host(),
                new ContainerSpec.Namespaces(ipc, "", "", false), false, SandboxTier.NAMESPACES, new ContainerSpec.Labels(apparmor, selinux));
    }

    @Test
    void asDockerPrintsThem() {
        SeccompChoice usual = new SeccompChoice.Default();
        assertEquals(List.of(), SecurityWords.of(security(false, false, usual, "", "", "")));
        assertEquals(List.of("no-new-privileges", "seccomp=unconfined", "apparmor=docker-default"),
                SecurityWords.of(security(false, true, new SeccompChoice.Unconfined(), "", "docker-default", "")));
        assertEquals(List.of("seccomp=/etc/p.json", "apparmor=unconfined"), SecurityWords.of(security(false, false, new SeccompChoice.Profile(Path.of("/etc/p.json")), "", "unconfined", "")));
        assertEquals(List.of("label=user:u", "label=role:r", "label=type:t", "label=level:s0:c1,c2"), SecurityWords.of(security(true, false, usual, "", "", "u:r:t:s0:c1,c2")));
        assertEquals(List.of("label=user:u", "label=role:r", "label=type:t"), SecurityWords.of(security(false, false, usual, "", "", "u:r:t")));
        assertEquals(List.of("label=disable"), SecurityWords.of(security(true, false, usual, "", "", "")), "docker adds it");
        assertEquals(List.of("label=disable"), SecurityWords.of(security(false, false, usual, "host", "", "")), "here too");
    }
}
