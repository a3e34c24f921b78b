package dev.caisson.core.rootless;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a host forbids is named with the line that allows it. */
class NamespaceRemedyTest {
    private static final String JAVA = "/opt/100% java/bin/java";

    @TempDir
    Path sysctls;

    @BeforeEach
    void allowed() throws Exception {
        set("user/max_user_namespaces", "15000");
        set("kernel/unprivileged_userns_clone", "1");
        set("kernel/apparmor_restrict_unprivileged_userns", "0");
    }

    private void set(String name, String value) throws Exception {
        Files.createDirectories(sysctls.resolve(name).getParent());
        Files.writeString(sysctls.resolve(name), value + "\n");
    }

    private String text() {
        return new NamespaceRemedy(sysctls).text(JAVA);
    }

    @Test
    void oneLineForWhatIsForbidden() throws Exception {
        set("user/max_user_namespaces", "0");
        assertTrue(text().startsWith("allow user namespaces, as root: sysctl -w user.max_user_namespaces=15000; or run"), text());
        set("kernel/unprivileged_userns_clone", "0");
        assertTrue(text().contains("sysctl -w user.max_user_namespaces=15000; and sysctl -w kernel.unprivileged_userns_clone=1"), text());
    }

    /** The line is run as a shell would, but for the places: the file is the profile, for this java. */
    @Test
    void theProfileForUbuntu() throws Exception {
        set("kernel/apparmor_restrict_unprivileged_userns", "1");
        String line = text().replaceFirst("^allow user namespaces, as root: ", "").replaceFirst(" && apparmor_parser.*", "");
        assertTrue(text().contains(" && apparmor_parser -r /etc/apparmor.d/caisson-java"), text());
        assertFalse(text().contains("max_user_namespaces"), text());
        Path file = sysctls.resolve("profile");
        Process shell = new ProcessBuilder("sh", "-c", line.replace("/etc/apparmor.d/caisson-java", file.toString())).redirectErrorStream(true).start();
        String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, shell.waitFor(), said);
        assertEquals("abi <abi/4.0>,\ninclude <tunables/global>\nprofile caisson-java \"" + JAVA + "\" flags=(unconfined) {\n  userns,\n}\n", Files.readString(file));
    }

    @Test
    void whereTheHostDoesNotSayEverythingIsNamed() throws Exception {
        for (String name : new String[] {"user/max_user_namespaces", "kernel/unprivileged_userns_clone", "kernel/apparmor_restrict_unprivileged_userns"}) {
            Files.delete(sysctls.resolve(name));
            for (String remedy : new String[] {"user.max_user_namespaces", "unprivileged_userns_clone", "apparmor_restrict_unprivileged_userns", JAVA, "a seccomp profile that allows unshare"}) {
                assertTrue(text().contains(remedy), text());
            }
        }
    }
}
