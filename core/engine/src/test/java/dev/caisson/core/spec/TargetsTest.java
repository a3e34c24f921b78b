package dev.caisson.core.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.InvalidSpec;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Mounts over /proc (CVE-2019-16884, CVE-2019-19921, CVE-2023-28642): what a process learns of itself comes from the kernel. */
class TargetsTest {
    @ParameterizedTest
    @ValueSource(strings = {"/proc", "/proc/", "//proc", "/proc/.", "/./proc", "/proc//", "/x/../proc", "/x/y/../../proc", "/../proc", "/../../proc/.", "proc",
            "/proc/self", "//proc/self", "/proc/self/", "/proc/self/attr/exec", "/proc/self/exe", "/proc/self/fd", "/proc/thread-self", "/proc/1", "/proc/1/cgroup",
            "/proc/sys", "/proc/sys/kernel", "/proc/sys/kernel/core_pattern", "/proc/sys/crypto", "/proc/sysrq-trigger", "/proc/kcore", "/proc/keys", "/proc/mounts",
            "/proc/net", "/proc/scsi", "/proc/cpuinfo/x", "/proc/meminfo/../self", "/x/../proc/./self/../self", "/proc/x/..", "/proc/../proc/stat/.."})
    void procIsTheKernels(String target) {
        InvalidSpec e = assertThrows(InvalidSpec.class, () -> Targets.clean(target));
        assertTrue(e.getMessage().contains(target) && e.getMessage().contains("covers /proc"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "//", "/.", "/..", "/x/..", "/proc/..", "/./../.", ""})
    void theRootIsNoTarget(String target) {
        assertThrows(InvalidSpec.class, () -> Targets.clean(target));
    }

    @ParameterizedTest
    @CsvSource({"/a,/a", "/a/,/a", "//a//b,/a/b", "/a/./b,/a/b", "/a/../b,/b", "/../../a,/a", "/a/b/../..//c,/c", "/proc/../data,/data", "/processes,/processes",
            "/x/proc,/x/proc", "/x/proc/self,/x/proc/self", "/...,/...", "/a..,/a..", "/proc.d/self,/proc.d/self"})
    void byTextAlone(String target, String clean) {
        assertEquals(clean, Targets.clean(target));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/loadavg", "/proc/slabinfo",
            "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled"})
    void filesThatLxcfsReplaces(String target) {
        assertEquals(target, Targets.clean(target));
        assertEquals(target, Targets.clean("/x/../" + target + "/"));
    }

    @Provide
    Arbitrary<List<String>> parts() {
        return Arbitraries.of("..", ".", "", "proc", "self", "a", "b").list().ofMaxSize(8);
    }

    @Property
    void whatComesOutIsCleanAndNotProc(@ForAll("parts") List<String> parts) {
        String clean;
        try {
            clean = Targets.clean("/" + String.join("/", parts));
        } catch (InvalidSpec e) {
            return;
        }
        assertEquals(clean, Targets.clean(clean));
        assertFalse(clean.endsWith("/") || (clean + "/").startsWith("/proc/") || List.of(clean.substring(1).split("/")).stream().anyMatch(List.of("", ".", "..")::contains));
    }
}
