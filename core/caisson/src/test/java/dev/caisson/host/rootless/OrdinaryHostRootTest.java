package dev.caisson.host.rootless;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The host's own root as an ordinary user may have it, and root file systems that are somebody else's. */
@Timeout(300)
class OrdinaryHostRootTest extends RootlessTest {
    /** His own files are writable and unchanged on the host; what is another's stays as it is; /etc, over which the test has mounts, is read-only and said to be. */
    @Test
    void theHostsRootIsCopyOnWriteForHisOwnFiles() {
        user.withSubordinateIds();
        Map<String, String> said = live("hostRoot");
        String project = user.home() + "/project";
        assertEquals("0|source|/usr/bin/env|/proc/self|/tmp|0|foreign", said.get("hostRoot"));
        for (String change : new String[] {"A /new", "A " + project + "/result", "D " + project + "/source"}) {
            assertTrue(said.get("hostChanges").contains(change), said.get("hostChanges"));
        }
        assertEquals("[source]", said.get("hostKept"));
        assertTrue(said.get("hostWarnings").contains("hostRoot(): /etc is read-only"), said.get("hostWarnings"));
    }

    /** What is kept for a restart is all of it, mounts below those that are bound among it. */
    @Test
    void itRunsAndRestarts() {
        user.withSubordinateIds().prepared("mount -t tmpfs none /mnt; mkdir /mnt/deep /mnt/deep/er; mount -t tmpfs none /mnt/deep/er; echo below > /mnt/deep/er/file; "
                + "for i in $(seq 60); do mkdir /mnt/deep/$i; done");
        Map<String, String> said = live("hostRuns");
        assertEquals("below|kept", said.get("hostRuns"));
        assertEquals("below|kept", said.get("hostRestarted"));
        assertTrue(said.get("hostRunWarnings").contains("hostRoot(): /mnt/deep is read-only"), "the control, one that is bound with a mount below: " + said.get("hostRunWarnings"));
    }

    /** A directory that holds mounts is taken apart, and the rest of it stays writable. */
    @Test
    void aDirectoryWithMountsIsTakenApart() {
        user.withSubordinateIds().own("project/below").prepared("mount -t tmpfs none /mnt; mkdir /mnt/a /mnt/b; echo a > /mnt/a/file; mount -t tmpfs none /mnt/b; echo b > /mnt/b/file");
        Map<String, String> said = live("hostMounts");
        assertEquals("a|b", said.get("hostMounts"));
        assertFalse(said.get("hostMountsWarnings").contains("/mnt"), said.get("hostMountsWarnings"));
    }

    /** Files of root's are nobody's inside: seen, and not to be changed. */
    @Test
    void aRootOfAnothersIsSeenAndNotChanged() throws Exception {
        assertEquals(0, new ProcessBuilder("chown", "-R", "-h", "0:0", root.path().toString()).start().waitFor());
        Map<String, String> alone = live("foreignRoot");
        assertTrue(alone.get("foreignRoot").startsWith("65534:65534|not"), alone.get("foreignRoot"));
        user.withSubordinateIds();
        assertEquals(alone.get("foreignRoot"), live("foreignRoot").get("foreignRoot"));
    }
}
