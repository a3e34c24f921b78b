package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** {@code tmpfs("/a:size=1m,…")}: whatever is written there, a mount has known options with values that are one string each, or there is none. */
class TmpfsTextTest {
    private static final Set<String> KNOWN = Set.of("size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "ro", "rw", "exec", "noexec", "suid", "nosuid", "dev", "nodev", "noatime", "huge");

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> pieces = Arbitraries.of("/", "/a", "/a/../b", ":", ",", "=", "size", "size=1m", "mode=1777", "ro", "exec", "\u0001fd", "\u0001fd=3", "\0", "upperdir=/", "lowerdir=/etc",
                "source=/dev/sda", "nosuch", " ", "\n", "SIZE=1", "size=", "=1m");
        return Arbitraries.oneOf(pieces.list().ofMaxSize(9).map(p -> String.join("", p)), pieces.list().ofMaxSize(5).map(p -> "/t:" + String.join(",", p)), Arbitraries.strings());
    }

    @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE)
    void isOptionsOrAnError(@ForAll("texts") String text) {
        ContainerSpec spec;
        try {
            spec = IdleEngine.image().tmpfs(text).spec();
        } catch (InvalidSpec refused) {
            assertTrue(refused.getMessage().contains("tmpfs("), refused::getMessage);
            return;
        }
        List<Mount> mounts = spec.files().mounts();
        assertEquals(1, mounts.size());
        Mount.Tmpfs mount = (Mount.Tmpfs) mounts.get(0);
        assertTrue(mount.target().startsWith("/") && mount.target().indexOf('\0') < 0 && mount.target().indexOf(':') < 0, mount::target);
        for (Map.Entry<String, String> option : mount.options().entrySet()) {
            assertTrue(KNOWN.contains(option.getKey()), option::toString);
            assertTrue(option.getValue().indexOf('\0') < 0 && option.getValue().indexOf(',') < 0, option::toString);
        }
    }
}
