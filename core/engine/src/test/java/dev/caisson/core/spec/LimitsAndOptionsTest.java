package dev.caisson.core.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.Mount;
import dev.caisson.Rlimit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Resource limits, kernel parameters and tmpfs options as they reach the plan. */
class LimitsAndOptionsTest {
    @ParameterizedTest
    @CsvSource({"-1,1024,524288", "1048576,1024,524288", "20000,1024,20000", "1024,1024,1024", "100,100,100"})
    void openFilesAreAlwaysLimited(long own, long soft, long hard) {
        assertEquals(Map.of(Rlimit.NOFILE, new Rlimit.Value(soft, hard)), Rlimits.of(Map.of(), own));
    }

    @Test
    void whatIsGivenStands() {
        Rlimit.Value files = new Rlimit.Value(7, 8);
        Rlimit.Value core = new Rlimit.Value(0, Rlimit.UNLIMITED);
        assertEquals(Map.of(Rlimit.NOFILE, files, Rlimit.CORE, core), Rlimits.of(Map.of(Rlimit.NOFILE, files, Rlimit.CORE, core), 20_000));
    }

    @Test
    void parametersOfANetworkOfItsOwn() {
        assertEquals(Map.of("net/ipv4/ip_unprivileged_port_start", "0", "net/ipv4/ping_group_range", "0 2147483647"), Sysctls.of(Map.of(), true, false));
        assertEquals(Map.of(), Sysctls.of(Map.of(), false, false), "nothing of the host's network is touched");
        assertEquals(Map.of("net/ipv4/ip_unprivileged_port_start", "1024", "net/ipv4/ping_group_range", "1 0"),
                Sysctls.of(Map.of("net.ipv4.ip_unprivileged_port_start", "1024", "net/ipv4/ping_group_range", "1 0"), true, false), "in either spelling");
    }

    @ParameterizedTest
    @CsvSource({"kernel.shmmax,kernel/shmmax", "net.ipv4.conf.eth0/1.forwarding,net/ipv4/conf/eth0.1/forwarding",
            "net/ipv4/conf/eth0.1/forwarding,net/ipv4/conf/eth0.1/forwarding", "single,single", "fs.mqueue.msg_max,fs/mqueue/msg_max"})
    void pathsOfParameters(String key, String path) {
        assertEquals(path, Sysctls.path(key));
    }

    private static Mount.Tmpfs tmpfs(Map<String, String> options) {
        return new Mount.Tmpfs("/t", options);
    }

    @Test
    void tmpfsIsSafeUnlessAskedOtherwise() {
        int nosuid = 2;
        int nodev = 4;
        int noexec = 8;
        assertEquals(nosuid | nodev | noexec, TmpfsOptions.attributes(tmpfs(Map.of())));
        assertEquals(nosuid | nodev, TmpfsOptions.attributes(tmpfs(Map.of("exec", ""))));
        assertEquals(nodev | noexec, TmpfsOptions.attributes(tmpfs(Map.of("suid", ""))));
        assertEquals(nosuid | noexec, TmpfsOptions.attributes(tmpfs(Map.of("dev", ""))));
        assertEquals(nosuid | nodev | noexec | 1, TmpfsOptions.attributes(tmpfs(Map.of("ro", "", "noexec", ""))));
        assertEquals(nosuid | nodev | noexec | 0x10, TmpfsOptions.attributes(tmpfs(Map.of("noatime", "", "rw", ""))));
    }

    @Test
    void theFileSystemGetsWhatIsItsOwn() {
        assertEquals(List.of("mode=1777", "nr_inodes=9", "size=64m"),
                TmpfsOptions.options(tmpfs(Map.of("size", "64m", "mode", "1777", "nr_inodes", "9", "ro", "", "exec", "", "nosuid", "", "noatime", "", "dev", "", "rw", ""))));
        assertEquals(List.of(), TmpfsOptions.options(tmpfs(Map.of())));
    }
}
