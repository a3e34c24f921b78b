package dev.caisson.host.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ContainerBuilder;
import dev.caisson.Execution;
import dev.caisson.UserNamespace;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.Canary;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the public escape scripts do (release_agent, core_pattern, uevent_helper, binfmt_misc, the device cgroup's list, disks by mknod, remounting and unmasking, new
 * namespaces), as a shell does it, in each kind of container that is to hold. Files are opened for writing, never written. Rows 37, 40, 41, 48, 51 and 56.
 */
class ClassicEscapesTest extends EngineTest {
    private static final String SCRIPT = """
            try() { n=$1; shift; if "$@" >/dev/null 2>&1; then echo "$n GOT"; else echo "$n refused"; fi; }
            b=/bin/busybox
            $b mkdir -p /tmp/x
            for c in memory devices cpu cpuacct cpuset freezer pids blkio; do try "mount cgroup $c" $b mount -t cgroup -o $c none /tmp/x; done
            try "mount cgroup2" $b mount -t cgroup2 none /tmp/x
            for t in proc sysfs debugfs tracefs securityfs binfmt_misc devtmpfs configfs; do try "mount $t" $b mount -t $t none /tmp/x; done
            try "bind" $b mount -o bind / /tmp/x
            for m in /proc/sys /proc/sysrq-trigger /sys /sys/fs/cgroup /sys/fs/cgroup/memory /sys/fs/cgroup/devices; do try "remount $m" $b mount -o remount,rw,bind $m; done
            for m in /proc/kcore /proc/keys /proc/timer_list /sys/firmware /proc/sys; do try "unmask $m" $b umount -l $m; done
            for f in /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sys/kernel/hotplug /proc/sys/fs/binfmt_misc/register /proc/sys/vm/panic_on_oom \\
                /proc/sys/kernel/ns_last_pid /proc/sysrq-trigger /proc/irq/default_smp_affinity /sys/kernel/uevent_helper /sys/kernel/mm/ksm/run /sys/power/state \\
                /sys/module/kernel/parameters/panic $($b find /sys/fs/cgroup -name release_agent -o -name notify_on_release -o -name devices.allow -o -name cgroup.procs -o -name tasks); do
                [ -e $f ] && try "open $f" $b sh -c ": >>$f"
            done
            for d in "b 254 0" "b 253 0" "b 8 0" "b 7 0" "c 1 1" "c 1 2" "c 1 4" "c 1 11" "c 10 229" "c 10 232" "c 10 237"; do
                try "device $d" $b sh -c "mknod '/tmp/$d' $d && exec 3<'/tmp/$d'"
            done
            for n in U m u i p n C; do try "unshare $n" $b unshare -$n $b true; done
            try "nsenter" $b nsenter -t 1 -m -- $b true
            try "pivot_root" $b pivot_root /tmp /tmp/x
            try "swapoff" $b swapoff /dev/null
            try "hostname" $b hostname another
            try "canary by the root of 1" $b ls /proc/1/root/../../../..CANARY
            try "canary by the working directory of 1" $b ls /proc/1/cwd/../../../..CANARY
            """;

    static Stream<Arguments> kinds() {
        return Stream.of(kind("default", b -> b), kind("sandbox", ContainerBuilder::sandbox), kind("read-only", ContainerBuilder::readOnly),
                kind("user namespace", b -> b.userns(UserNamespace.auto())), kind("no filter", ContainerBuilder::seccompUnconfined), kind("network of the host", ContainerBuilder::networkHost));
    }

    private static Arguments kind(String name, UnaryOperator<ContainerBuilder> options) {
        return Arguments.of(name, options);
    }

    private Map<String, String> outcomes(ContainerBuilder container) {
        Canary canary = Canary.plant(directory.resolve("canary"));
        Execution run = container.command("/bin/busybox", "sh", "-c", SCRIPT.replace("CANARY", canary.path().toString())).execute();
        Map<String, String> outcomes = new TreeMap<>();
        run.stdout().lines().filter(l -> l.matches(".* (GOT|refused)")).forEach(l -> outcomes.put(l.substring(0, l.lastIndexOf(' ')), l.substring(l.lastIndexOf(' ') + 1)));
        assertTrue(outcomes.containsKey("canary by the working directory of 1"), () -> "it went on to its end: " + run.stdout() + run.stderr());
        canary.assertUntouched();
        return outcomes;
    }

    private static TreeSet<String> got(Map<String, String> outcomes) {
        TreeSet<String> got = new TreeSet<>();
        outcomes.forEach((attempt, outcome) -> {
            if (outcome.equals("GOT")) {
                got.add(attempt);
            }
        });
        return got;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kinds")
    void everyAttemptIsRefused(String name, UnaryOperator<ContainerBuilder> options) {
        root.withShell();
        TreeSet<String> got = got(outcomes(options.apply(tiny())));
        if (name.equals("no filter")) {
            got.remove("unshare U"); // the kernel lets everybody: what it opens is what the filter keeps shut
        }
        assertEquals(new TreeSet<>(), got);
    }

    /** The control: in a privileged container the same script gets what it wants. */
    @Test
    void theScriptIsNotBlunt() {
        root.withShell();
        TreeSet<String> got = got(outcomes(tiny().privileged()));
        for (String attempt : List.of("mount cgroup2", "mount proc", "bind", "open /proc/sys/kernel/core_pattern", "device c 1 11",
                "device c 10 229", "unshare U", "unshare m", "hostname")) {
            assertTrue(got.contains(attempt), () -> attempt + " is not among " + got);
        }
        assertTrue(got.stream().anyMatch(g -> g.startsWith("mount cgroup ")) && got.stream().anyMatch(g -> g.endsWith("/notify_on_release") || g.endsWith("/cgroup.procs")), got::toString);
    }
}
