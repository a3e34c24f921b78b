package dev.caisson.core.engine;

import dev.caisson.HostReport.Finding;
import dev.caisson.HostReport.Grade;
import dev.caisson.linux.MountEntry;
import dev.caisson.linux.Mountinfo;
import dev.caisson.linux.Processes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What lies around the JVM: whether it is in a container itself, what its /proc shows, where JNA unpacks itself, how many files it may open. */
final class SurroundingsCheck {
    private static final int NOFILE = 7;
    /** Descriptors a running container costs in the JVM. */
    private static final int FILES_EACH = 8;
    private static final long FEW_FILES = 1024;
    /** The inode of the first PID namespace (include/linux/proc_ns.h, PROC_PID_INIT_INO). */
    private static final String FIRST_PIDS = "pid:[4026531836]";

    private SurroundingsCheck() {}

    static List<Finding> findings() {
        List<MountEntry> mounts = Mountinfo.read();
        List<Finding> findings = new ArrayList<>();
        findings.add(nested());
        findings.add(proc(mounts));
        findings.add(jna(mounts));
        findings.add(files());
        findings.add(modules());
        return findings;
    }

    private static Finding nested() {
        String pids = link("/proc/self/ns/pid");
        boolean marked = Files.exists(Path.of("/.dockerenv")) || Files.exists(Path.of("/run/.containerenv"));
        boolean nested = marked || !pids.isEmpty() && !pids.equals(FIRST_PIDS);
        return new Finding("surroundings", Grade.OPTIONAL, true, nested ? "in a container or PID namespace: what it withholds, containers in it go without ("
                + (marked ? "/.dockerenv or /run/.containerenv" : "/proc/self/ns/pid") + ")" : "not in a container (/proc/self/ns/pid)", "");
    }

    /** A new procfs can be mounted in a user namespace only where nothing of this one is hidden. */
    private static Finding proc(List<MountEntry> mounts) {
        Optional<MountEntry> proc = mounts.stream().filter(m -> m.target().equals("/proc")).reduce((first, last) -> last);
        if (proc.isEmpty() || !proc.get().type().equals("proc")) {
            return new Finding("/proc", Grade.REQUIRED, false, "no procfs is mounted there (/proc/self/mountinfo)", "mount -t proc proc /proc");
        }
        List<String> hidden = mounts.stream().map(MountEntry::target).filter(t -> t.startsWith("/proc/") && !t.equals("/proc/sys/fs/binfmt_misc")).toList();
        boolean hidepid = proc.get().superOptions().matches(".*\\bhidepid=(?!0|off).*");
        String seen = (hidepid ? "mounted with hidepid; " : "") + (hidden.isEmpty() ? "whole" : "covered at " + hidden.stream().limit(4).collect(Collectors.joining(" ")));
        return new Finding("/proc", Grade.OPTIONAL, !hidepid && hidden.isEmpty(), seen + " (/proc/self/mountinfo)", hidepid ? "mount -o remount,hidepid=0 /proc"
                : hidden.isEmpty() ? "" : "an unmasked /proc (docker: --security-opt systempaths=unconfined); only nested user namespaces miss it");
    }

    private static Finding jna(List<MountEntry> mounts) {
        String cache = System.getenv().getOrDefault("XDG_CACHE_HOME", System.getProperty("user.home", "/root") + "/.cache"); // as JNA's Native chooses on Linux
        String directory = System.getProperty("jna.tmpdir", cache + "/JNA/temp");
        boolean noexec = mountOf(mounts, directory).filter(m -> List.of(m.options().split(",")).contains("noexec")).isPresent();
        return new Finding("JNA's directory", Grade.OPTIONAL, !noexec, directory + " is mounted " + (noexec ? "noexec: JNA may not load its library from there" : "so that libraries can be loaded")
                + " (/proc/self/mountinfo)", noexec ? "-Djna.tmpdir=DIRECTORY on another file system" : "");
    }

    private static Optional<MountEntry> mountOf(List<MountEntry> mounts, String path) {
        return mounts.stream().filter(m -> m.target().equals("/") || path.equals(m.target()) || path.startsWith(m.target() + "/"))
                .reduce((best, next) -> next.target().length() >= best.target().length() ? next : best);
    }

    private static Finding files() {
        long hard = Processes.getRlimit(0, NOFILE).hard();
        boolean enough = hard < 0 || hard >= FEW_FILES;
        return new Finding("open files", Grade.RECOMMENDED, enough, "hard limit " + (hard < 0 ? "none" : hard) + ": some " + (hard < 0 ? "" : hard / FILES_EACH + " ")
                + "containers at once (getrlimit)", enough ? "" : "ulimit -n 65536, LimitNOFILE=65536 of a systemd unit");
    }

    private static Finding modules() {
        String active = text("/sys/kernel/security/lsm");
        return new Finding("security modules", Grade.OPTIONAL, true, (active.isEmpty() ? "not shown" : active) + " (/sys/kernel/security/lsm); apparmor(…) " + (SecurityModules.apparmor() ? "works" : "is refused") + ", selinux(…) " + (SecurityModules.selinux() ? "works" : "is refused"), "");
    }

    private static String link(String path) {
        try {
            return Files.readSymbolicLink(Path.of(path)).toString();
        } catch (IOException e) {
            return "";
        }
    }

    private static String text(String path) {
        try {
            return Files.readString(Path.of(path), StandardCharsets.US_ASCII).strip();
        } catch (IOException e) {
            return "";
        }
    }
}
