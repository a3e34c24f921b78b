package dev.caisson.core.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupLayoutTest {
    private static final String HYBRID = """
            31 23 0:28 / /sys/fs/cgroup ro,nosuid,nodev,noexec - tmpfs tmpfs ro,mode=755
            32 31 0:29 / /sys/fs/cgroup/systemd rw,nosuid shared:9 - cgroup cgroup rw,xattr,name=systemd
            33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:10 - cgroup cgroup rw,cpu,cpuacct
            35 31 0:32 / /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory
            41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate
            """;

    @Test
    void hybridWithJointControllersAndV2Last() {
        CgroupLayout layout = CgroupLayout.detect(HYBRID, """
                12:name=systemd:/system.slice/app.service
                7:cpu,cpuacct:/system.slice/app.service
                4:memory:/system.slice/app.service
                0::/system.slice/app.service
                """);
        assertEquals(List.of("name=systemd", "cpu,cpuacct", "memory", "cgroup2"), layout.hierarchies().stream().map(Hierarchy::label).toList());
        assertEquals("system.slice/app.service", layout.hierarchies().get(1).defaultParent());
        assertEquals("system.slice", layout.hierarchies().get(3).defaultParent());
        assertTrue(layout.leftOut().isEmpty());
        assertTrue(layout.hierarchies().get(0).named());
        assertFalse(layout.hierarchies().get(2).named());
    }

    @Test
    void aContainersViewStartsAtTheRootOfItsMount() {
        CgroupLayout layout = CgroupLayout.detect("35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,memory\n",
                "4:memory:/docker/abc/below\n");
        assertEquals(new Hierarchy(false, List.of("memory"), "/sys/fs/cgroup/memory", "below", true), layout.hierarchies().get(0));
    }

    /** In Latin-1, as old disks have them. */
    @Test
    void somebodysMountWithANameThatIsNoText(@TempDir Path directory) throws IOException {
        String mounts = "34 31 8:1 / /media/caf\u00e9 rw - vfat /dev/sdb1 rw\n35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
        Path file = Files.write(directory.resolve("mountinfo"), mounts.getBytes(StandardCharsets.ISO_8859_1));
        assertEquals("/sys/fs/cgroup/memory", CgroupLayout.detect(CgroupLayout.text(file), "4:memory:/\n").hierarchies().get(0).mountPoint());
    }

    @Test
    void aNeighboursSubtreeIsNotOurs() {
        CgroupLayout layout = CgroupLayout.detect("35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n", "4:memory:/docker/abcd\n");
        assertTrue(layout.hierarchies().isEmpty());
        assertEquals("mount -t cgroup -o memory none /sys/fs/cgroup/memory", layout.leftOut().get(0).remedy());
    }

    @Test
    void aCgroupOutsideTheNamespaceIsLeftOut() {
        assertTrue(CgroupLayout.detect(HYBRID, "0::/../other\n").hierarchies().isEmpty());
        assertTrue(CgroupLayout.detect("41 31 0:38 /.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "0::/\n").hierarchies().isEmpty());
    }

    @Test
    void theWritableMountWinsAndALaterMountHidesAnEarlier() {
        String twice = "1 0 0:32 / /ro ro - cgroup cgroup rw,memory\n2 0 0:32 / /rw rw - cgroup cgroup rw,memory\n";
        assertEquals("/rw", CgroupLayout.detect(twice, "4:memory:/\n").hierarchies().get(0).mountPoint());
        assertEquals("/ro", CgroupLayout.detect(twice + "3 0 0:9 / /rw rw - tmpfs tmpfs rw\n", "4:memory:/\n").hierarchies().get(0).mountPoint());
    }

    @Test
    void spacesInMountPointsAreUnescaped() {
        CgroupLayout layout = CgroupLayout.detect("1 0 0:32 / /my\\040cgroups\\134x rw - cgroup2 none rw\n", "0::/a:b\n");
        assertEquals("/my cgroups\\x", layout.hierarchies().get(0).mountPoint());
        assertEquals("a:b", layout.hierarchies().get(0).own());
    }

    @Property
    void whatWasWrittenIsRead(@ForAll("names") String target, @ForAll("names") String own, @ForAll("names") String root) {
        String line = "9 1 0:5 /" + escape(root) + " /" + escape(target) + " rw master:1 - cgroup cgroup rw,pids\n";
        CgroupLayout layout = CgroupLayout.detect(line, "3:pids:/" + root + "/" + own + "\n");
        assertEquals(List.of(new Hierarchy(false, List.of("pids"), "/" + target, own, false)), layout.hierarchies());
    }

    @Property
    void anyCgroupTextIsSurvived(@ForAll String cgroup) {
        CgroupLayout layout = CgroupLayout.detect(HYBRID, cgroup);
        layout.hierarchies().forEach(h -> assertFalse(List.of(h.own().split("/")).contains("..")));
    }

    @Provide
    Arbitrary<String> names() {
        return Arbitraries.strings().withChars("abz09._- \t\\:é").ofMinLength(1).ofMaxLength(12)
                .filter(s -> !s.equals(".") && !s.equals(".."));
    }

    private static String escape(String name) {
        return name.chars().mapToObj(c -> c == ' ' || c == '\t' || c == '\\' ? String.format("\\%03o", c) : String.valueOf((char) c))
                .collect(Collectors.joining());
    }
}
