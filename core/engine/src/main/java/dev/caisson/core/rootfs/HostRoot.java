package dev.caisson.core.rootfs;

import dev.caisson.Change;
import dev.caisson.RootSource;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SyscallException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code hostRoot()}: the host's own root, copy-on-write. One overlay per host file system of a disk kind; /proc, /sys, /dev, /run and /tmp are the container's own;
 * other API file systems are left out; the engine's directories and what the caller names are hidden.
 */
public final class HostRoot {
    private HostRoot() {}

    /**
     * @param mounts target to lower directory, as {@link HostFileSystems} found them; the first is the root
     * @param hidden host paths of the engine's
     * @param users the user namespace through which it is seen; null for the host's
     */
    public static OpenRoot open(RootSource.HostRoot source, List<HostFileSystems.FileSystem> mounts, List<Path> hidden, Fd state, Path statePath,
            @Nullable SeenBy users) {
        List<HeldMount> opened = new ArrayList<>();
        try {
            List<PlanInput.Attached> attached = new ArrayList<>();
            List<OpenRoot.Received> received = new ArrayList<>();
            Map<String, OverlayDirectory> overlays = new java.util.LinkedHashMap<>();
            for (HostFileSystems.FileSystem fs : mounts) {
                String target = fs.target();
                HeldMount mount;
                if (fs.directory()) {
                    OverlayDirectory overlay = new OverlayDirectory(Path.of(target), List.of(), state, statePath, overlays.isEmpty() ? "" : "-" + overlays.size());
                    mount = new HeldMount(overlay.mount(users));
                    overlays.put(target.equals("/") ? "" : target, overlay);
                } else {
                    try (Fd file = FileCalls.open(Path.of(target), Fcntl.O_PATH, 0)) {
                        mount = new HeldMount(DetachedMounts.bind(file, false, true));
                    }
                }
                opened.add(mount);
                if (!target.equals("/")) {
                    attached.add(new PlanInput.Attached(target, !fs.directory(), null, 0, false, "hostRoot " + target));
                    received.add(new OpenRoot.Received(target, mount));
                }
            }
            attached.addAll(freshMounts());
            return new OpenRoot(opened.get(0), attached, received, masked(source, hidden), () -> changes(overlays), () -> opened.forEach(HeldMount::close));
        } catch (SyscallException e) {
            opened.forEach(HeldMount::close);
            throw e;
        }
    }

    static List<PlanInput.Attached> freshMounts() {
        return List.of(fresh("/run", "mode=755"), fresh("/tmp", "mode=1777"));
    }

    static List<PlanInput.Masked> masked(RootSource.HostRoot source, List<Path> hidden) {
        List<Path> all = new ArrayList<>(hidden);
        all.addAll(source.hidden());
        return all.stream().filter(Files::exists).map(p -> new PlanInput.Masked(p.toString(), Files.isDirectory(p))).toList();
    }

    private static PlanInput.Attached fresh(String target, String mode) {
        return new PlanInput.Attached(target, false, List.of(mode), 2 | 4, false, "hostRoot " + target); // MOUNT_ATTR_NOSUID | NODEV
    }

    static List<Change> changes(Map<String, OverlayDirectory> overlays) {
        List<Change> all = new ArrayList<>();
        overlays.forEach((prefix, overlay) -> all.addAll(overlay.changes(prefix)));
        all.sort(null);
        return all;
    }
}
