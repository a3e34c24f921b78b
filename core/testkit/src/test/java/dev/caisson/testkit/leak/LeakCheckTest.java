package dev.caisson.testkit.leak;

import static dev.caisson.testkit.leak.Commands.end;
import static dev.caisson.testkit.leak.Commands.run;
import static dev.caisson.testkit.leak.Commands.start;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.testkit.RequiresRoot;
import dev.caisson.testkit.RequiresTool;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each resource is left behind on purpose, must be named, and then is taken away. */
@Tag("host")
@RequiresRoot
class LeakCheckTest {
    @TempDir Path directory;

    @Test
    void nothingDoneIsNothingLeft() {
        LeakCheck check = LeakCheck.begin();
        check.assertNothingLeft();
        assertEquals(List.of(), check.unobserved());
    }

    @Test
    void mounts() throws Exception {
        mountIsDetected();
    }

    @Test
    void theSameMountAgain() throws Exception {
        run("mount", "-t", "tmpfs", "-o", "size=4k", "caisson-test", directory.toString());
        try {
            mountIsDetected();
        } finally {
            run("umount", directory.toString());
        }
    }

    private void mountIsDetected() throws Exception {
        detects(Resource.MOUNTS, directory.toString(), () -> {
            run("mount", "-t", "tmpfs", "-o", "size=4k", "caisson-test", directory.toString());
            return () -> run("umount", directory.toString());
        });
    }

    @Test
    @RequiresTool(value = "ip", debianPackage = "iproute2")
    void links() throws Exception {
        detects(Resource.LINKS, "cstest0", () -> {
            run("ip", "link", "add", "cstest0", "type", "bridge");
            return () -> run("ip", "link", "del", "cstest0");
        });
    }

    @Test
    @RequiresTool(value = "ip", debianPackage = "iproute2")
    void namedNetworkNamespaces() throws Exception {
        /* ip(8) turns the directory into a mount point of its own the first time, and leaves that. */
        boolean mounted = KernelListings.mounts().keySet().stream().anyMatch(line -> line.startsWith("/run/netns "));
        try {
            detects(Resource.NETWORK_NAMESPACES, "caisson-test", () -> {
                run("ip", "netns", "add", "caisson-test");
                return () -> {
                    run("ip", "netns", "del", "caisson-test");
                    if (!mounted) {
                        run("umount", "/run/netns");
                    }
                };
            }, Resource.MOUNTS);
        } finally {
            if (!mounted) {
                run("rmdir", "/run/netns");
            }
        }
    }

    @Test
    void networkNamespacesThatOnlyADescriptorHolds() throws Exception {
        detects(Resource.NETWORK_NAMESPACES, "open as descriptor", () -> {
            Process maker = start("unshare", "--net", "sh", "-c", "echo ready; sleep 60");
            Process holder = start("sh", "-c", "exec 9</proc/" + maker.pid() + "/ns/net; echo ready; exec sleep 60");
            end(maker);
            return () -> end(holder);
        }, Resource.PROCESSES, Resource.DESCRIPTORS);
    }

    @Test
    @RequiresTool(value = "nft", debianPackage = "nftables")
    void nftTables() throws Exception {
        detects(Resource.NFT_TABLES, "inet caisson_test", () -> {
            run("nft", "add table inet caisson_test");
            return () -> run("nft", "delete table inet caisson_test");
        });
    }

    @Test
    void cgroupsOfEveryHierarchy() throws Exception {
        for (Path hierarchy : hierarchies()) {
            Path made = hierarchy.resolve("caisson-test-" + ProcessHandle.current().pid());
            detects(Resource.CGROUPS, made.toString(), () -> {
                run("mkdir", made.toString());
                return () -> run("rmdir", made.toString());
            });
        }
    }

    /** A stranger is one that was there before. */
    @Test
    void aCgroupThatHoldsOnlyStrangersIsTheirs() throws Exception {
        Path hierarchy = hierarchies().stream().filter(path -> !path.endsWith("cpuset")).findFirst().orElseThrow();
        Path made = hierarchy.resolve("caisson-test-" + ProcessHandle.current().pid());
        Process stranger = start("sh", "-c", "echo ready; exec sleep 60");
        LeakCheck check = LeakCheck.begin();
        run("mkdir", made.toString());
        try {
            assertEquals(List.of(made.toString()), check.left().get(Resource.CGROUPS));
            Files.writeString(made.resolve("cgroup.procs"), "" + stranger.pid());
            assertEquals(Set.of(), check.left().keySet());
            Process ours = start("sh", "-c", "echo $$ >" + made + "/cgroup.procs; echo ready; exec sleep 60");
            assertTrue(check.left().get(Resource.CGROUPS).get(0).contains("with processes"));
            end(ours);
        } finally {
            end(stranger);
            run("sh", "-c", "until rmdir " + made + " 2>/dev/null; do sleep 0.02; done");
        }
        check.assertNothingLeft();
    }

    @Test
    void loopDevices() throws Exception {
        Path image = directory.resolve("image");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(1 << 20);
        }
        detects(Resource.LOOP_DEVICES, image.toString(), () -> {
            run("losetup", "--find", image.toString());
            return () -> run("sh", "-c", "losetup -d $(losetup -n -O NAME -j " + image + ")");
        });
    }

    @Test
    void descendants() throws Exception {
        detects(Resource.PROCESSES, "a descendant of this JVM", () -> {
            Process child = start("sh", "-c", "echo ready; sleep 60 & wait");
            return () -> end(child);
        }, Resource.DESCRIPTORS);
    }

    @Test
    void orphans() throws Exception {
        Path pid = directory.resolve("pid");
        detects(Resource.PROCESSES, "an orphan", () -> {
            run("sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $! >" + pid);
            return () -> run("sh", "-c", "kill $(cat " + pid + ")");
        });
    }

    @Test
    void orphansInASessionOfTheirOwn() throws Exception {
        Path pid = directory.resolve("pid");
        detects(Resource.PROCESSES, "an orphan", () -> {
            run("setsid", "--fork", "sh", "-c", "echo $$ >" + pid + "; exec sleep 60 >/dev/null 2>&1");
            run("sh", "-c", "until [ -s " + pid + " ]; do sleep 0.01; done");
            return () -> run("sh", "-c", "kill $(cat " + pid + ")");
        });
    }

    @Test
    void orphansInNamespacesOfTheirOwn() throws Exception {
        Path pid = directory.resolve("pid");
        detects(Resource.PROCESSES, "in a namespace made since", () -> {
            run("sh", "-c", "unshare --mount sleep 60 >/dev/null 2>&1 & echo $! >" + pid + "; until grep -q sleep /proc/$!/comm; do sleep 0.01; done");
            return () -> run("sh", "-c", "kill $(cat " + pid + ")");
        });
    }

    @Test
    @RequiresTool("python3")
    void abstractSockets() throws Exception {
        detects(Resource.ABSTRACT_SOCKETS, "@caisson-test", () -> {
            Process holder = start("python3", "-c", "import socket,time; s=socket.socket(socket.AF_UNIX); s.bind('\\0caisson-test'); print('ready',flush=True); time.sleep(60)");
            return () -> end(holder);
        }, Resource.PROCESSES, Resource.DESCRIPTORS);
    }

    @Test
    void stateFiles() throws Exception {
        Path file = directory.resolve("engines/x/state.json");
        LeakCheck check = LeakCheck.watching(directory).begin();
        Files.createDirectories(file.getParent());
        Files.writeString(file, "{}");
        assertEquals(List.of(directory.resolve("engines").toString(), file.getParent().toString(), file.toString()), check.left().get(Resource.STATE_FILES));
        run("rm", "-r", directory.resolve("engines").toString());
        check.assertNothingLeft();
    }

    @Test
    void descriptors() throws Exception {
        detects(Resource.DESCRIPTORS, "/etc/passwd", () -> {
            RandomAccessFile file = new RandomAccessFile("/etc/passwd", "r");
            return file::close;
        });
    }

    @Test
    void threads() throws Exception {
        detects(Resource.THREADS, "caisson-test", () -> {
            CountDownLatch end = new CountDownLatch(1);
            new Thread(() -> {
                while (end.getCount() > 0) {
                    LockSupport.parkNanos(1_000_000);
                }
            }, "caisson-test").start();
            return end::countDown;
        });
    }

    @Test
    void sharedMemory() throws Exception {
        detects(Resource.SHARED_MEMORY, "/dev/shm/caisson-test", () -> {
            run("touch", "/dev/shm/caisson-test");
            return () -> run("rm", "/dev/shm/caisson-test");
        });
    }

    @Test
    @RequiresTool(value = "ipcmk", debianPackage = "util-linux")
    void systemVSharedMemory() throws Exception {
        Path id = directory.resolve("id");
        detects(Resource.SHARED_MEMORY, "System V segment", () -> {
            run("sh", "-c", "ipcmk -M 4096 | tr -dc 0-9 >" + id);
            return () -> run("sh", "-c", "ipcrm -m $(cat " + id + ")");
        });
    }

    @Test
    @RequiresTool("python3")
    void keyrings() throws Exception {
        /* KEYCTL_JOIN_SESSION_KEYRING = 1; keyctl(2) is 250 on x86_64 and 219 on aarch64. */
        detects(Resource.KEYRINGS, "caisson-test", () -> {
            Process holder = start("python3", "-c",
                    "import ctypes,os,time; ctypes.CDLL(None).syscall(219 if os.uname().machine=='aarch64' else 250, 1, b'caisson-test'); print('ready',flush=True); time.sleep(60)");
            return () -> end(holder);
        }, Resource.PROCESSES, Resource.DESCRIPTORS);
    }

    @Test
    void whatEndsWithinThePatienceIsNoLeak() {
        LeakCheck check = LeakCheck.begin();
        new Thread(() -> LockSupport.parkNanos(300_000_000), "caisson-test").start();
        check.assertNothingLeft();
    }

    @Test
    void whatIsExpectedIsPassedOver() throws Exception {
        LeakCheck check = LeakCheck.watching(directory).expecting(Pattern.compile("/kept$")).begin();
        Files.writeString(directory.resolve("kept"), "");
        check.assertNothingLeft(Duration.ZERO);
        Files.writeString(directory.resolve("kept.not"), "");
        assertThrows(AssertionError.class, () -> check.assertNothingLeft(Duration.ZERO));
    }

    /** Leaves something, wants it named under {@code resource} and nowhere else but {@code besides}, takes it away, wants silence. */
    private static void detects(Resource resource, String named, Leak leak, Resource... besides) throws Exception {
        LeakCheck check = LeakCheck.begin();
        Remedy remedy = leak.make();
        try {
            AssertionError error = assertThrows(AssertionError.class, () -> check.assertNothingLeft(Duration.ofMillis(200)));
            String lines = String.join("\n", check.left().getOrDefault(resource, List.of()));
            assertTrue(lines.contains(named), error::getMessage);
            assertTrue(error.getMessage().contains(resource.toString()), error::getMessage);
            Set<Resource> others = new HashSet<>(check.left().keySet());
            others.removeAll(Set.of(besides));
            others.removeIf(other -> !error.getMessage().contains("\n  " + other + " (")); /* a stranger's, which came after the patience */
            assertEquals(Set.of(resource), others, error::getMessage);
        } finally {
            remedy.apply();
        }
        check.assertNothingLeft();
    }

    private static List<Path> hierarchies() {
        return Proc.lines("/proc/self/mountinfo").stream().filter(line -> line.contains(" - cgroup")).map(line -> Path.of(line.split(" ")[4])).toList();
    }

    private interface Leak {
        Remedy make() throws Exception;
    }

    private interface Remedy {
        void apply() throws Exception;
    }

    /** What is there after two seconds is a leak on a machine that had the time, though it would have gone later. */
    @Test
    void whatGoesLaterThanPromised() throws Exception {
        LeakCheck check = LeakCheck.begin();
        Process late = new ProcessBuilder("sleep", "15").start();
        try {
            AssertionError said = assertThrows(AssertionError.class, () -> check.assertNothingLeftAsPromised(() -> true));
            assertTrue(said.getMessage().startsWith("left behind, 2000 ms after the end"), said::getMessage);
            assertTrue(late.isAlive(), "the control: it was there");
            check.assertNothingLeftAsPromised(() -> false);
        } finally {
            late.waitFor();
        }
        check.assertNothingLeftAsPromised();
    }

    @Test
    void idleIsAQuarterOfAllTime() throws Exception {
        Path stat = Files.writeString(directory.resolve("stat"), "cpu  100 10 50 1000 7 0 3 1 99 99\ncpu0 1 1 1 1\n");
        IdleTime idle = new IdleTime(stat);
        assertTrue(!idle.enough(), "no time went by");
        Files.writeString(stat, "cpu  160 20 55 1025 7 0 3 1 999 99\n");
        assertTrue(idle.enough(), "25 of 100");
        Files.writeString(stat, "cpu  161 20 55 1025 7 0 3 1 999 99\n");
        assertTrue(!idle.enough(), "25 of 101");
    }
}
