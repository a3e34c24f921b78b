package dev.caisson.host.rootless;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.testkit.OrdinaryUser;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Hosts that give ordinary users less: the engine works a step down, or says why not and what helps. */
@Timeout(300)
class BrokenForOrdinaryUsersTest extends RootlessTest {
    private static final String UNSHARE = "272";
    private static final String EPERM = "1";

    @Test
    void noUserNamespace() throws Exception {
        Path source = user.home().resolve("deny.c");
        try (InputStream in = dev.caisson.host.check.OnBrokenHost.class.getResourceAsStream("deny.c")) {
            Files.copy(in, source);
        }
        Path deny = user.home().resolve("deny");
        assertEquals(0, new ProcessBuilder("gcc", "-O1", "-o", deny.toString(), source.toString()).inheritIO().start().waitFor());
        user.withSubordinateIds().through(deny.toString(), EPERM, UNSHARE, "--");
        OrdinaryUser.Result result = user.java(OrdinaryLife.class, arguments("execute"));
        Map<String, String> said = said(result.output());
        assertTrue(said.get("open").contains("unshare(CLONE_NEWUSER): EPERM"), result.output());
        for (String remedy : new String[] {"user.max_user_namespaces", "apparmor_restrict_unprivileged_userns"}) {
            assertTrue(said.get("open").contains(remedy), said.get("open"));
            assertTrue(said.get("check").contains(remedy), said.get("check"));
        }
        assertTrue(said.get("check").contains("cannot run containers"), said.get("check"));
        assertFalse(said.get("check").contains("CAP_"), "what he would need as root is no remedy: " + said.get("check"));
        List<String> missing = Stream.of(said.get("check").split("\\|")).filter(l -> l.startsWith("  NO ")).toList();
        assertTrue(missing.size() == 1 && missing.get(0).contains("rootless"), "the cause and none of what follows from it: " + missing);
        assertFalse(Files.exists(data()), "refused before anything was made");
    }

    @Test
    void aPartOfProcIsCovered() {
        user.withSubordinateIds().prepared("mount --bind /dev/null /proc/keys");
        OrdinaryUser.Result result = user.java(OrdinaryLife.class, arguments("capability"));
        String said = said(result.output()).get("capability");
        assertTrue(said.contains("fsmount(proc): EPERM") && said.contains("systempaths=unconfined"), result.output());
        assertNothingOnDisk();
    }

    @Test
    void newuidmapIsMissing() {
        user.withSubordinateIds().prepared("mount --bind /dev/null /usr/bin/newuidmap");
        Map<String, String> said = live("binds", "check");
        assertEquals("mine|0", said.get("bind"));
        assertTrue(said.get("check").contains("newuidmap cannot be run") && said.get("check").contains("apt-get install uidmap"), said.get("check"));
    }

    /** A set-uid program gains nothing then. */
    @Test
    void newuidmapGainsNoPrivileges() {
        user.withSubordinateIds().through("/usr/bin/setpriv", "--no-new-privs");
        Map<String, String> said = live("binds", "check");
        assertEquals("mine|0", said.get("bind"));
        assertTrue(said.get("check").contains("newuidmap says:") && said.get("check").contains("NoNewPrivileges=yes"), said.get("check"));
    }
}
