package dev.caisson.core.rootfs;

import dev.caisson.Change;
import dev.caisson.RootSource;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.MountEntry;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * {@code hostRoot()} of an ordinary user. The host's root cannot be one overlay for him: in a user namespace nobody may look at a directory without what is mounted
 * below it (overlayfs: EINVAL). So there is one overlay for each directory of the root; one that holds mounts is taken apart in the same way, and where that comes to
 * too many it is bound read-only with all that is mounted below, which is told.
 */
public final class OrdinaryHostRoot {
    /** Made anew in the container. */
    private static final Set<String> FRESH = Set.of("/proc", "/sys", "/dev", "/run", "/tmp");
    private static final int MOST_ENTRIES = 48;
    private static final int MOST_MOUNTS = 150;

    private final List<MountEntry> mountinfo;
    private final Fd state;
    private final Path statePath;
    private final Path skeleton;
    private final List<Path> reached;
    private final List<HeldMount> opened = new ArrayList<>();
    private final List<PlanInput.Attached> attached = new ArrayList<>();
    private final List<OpenRoot.Received> received = new ArrayList<>();
    private final Map<String, OverlayDirectory> overlays = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();

    private OrdinaryHostRoot(List<MountEntry> mountinfo, List<Path> reached, Fd state, Path statePath) {
        this.mountinfo = mountinfo;
        this.reached = reached;
        this.state = state;
        this.statePath = statePath;
        this.skeleton = statePath.resolve("skeleton");
    }

    /**
     * As {@link HostRoot#open}.
     *
     * @param mountinfo of the host
     * @param reached directories in which the caller's own files are to be writable, whoever owns those above
     */
    public static OpenRoot open(RootSource.HostRoot source, List<MountEntry> mountinfo, List<Path> reached, List<Path> hidden, Fd state, Path statePath) {
        OrdinaryHostRoot root = new OrdinaryHostRoot(mountinfo, reached, state, statePath);
        try {
            FileCalls.mkdirat(state, "skeleton", 0755);
            root.entries(Path.of("/"));
            for (String fresh : FRESH) {
                Files.createDirectories(root.inSkeleton(Path.of(fresh)));
            }
            OverlayDirectory top = new OverlayDirectory(root.skeleton, List.of(), state, statePath, "");
            HeldMount mount = new HeldMount(top.mount(null));
            root.opened.add(0, mount);
            root.overlays.put("", top);
            root.warnings.addAll(top.warnings("hostRoot()"));
            return root.finish(mount, HostRoot.masked(source, hidden));
        } catch (IOException e) {
            root.opened.forEach(HeldMount::close);
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            root.opened.forEach(HeldMount::close);
            throw e;
        }
    }

    private OpenRoot finish(HeldMount mount, List<PlanInput.Masked> masked) {
        List<PlanInput.Attached> mounts = new ArrayList<>(attached);
        mounts.addAll(HostRoot.freshMounts());
        return new OpenRoot(mount, mounts, received, masked, this::changes, () -> opened.forEach(HeldMount::close), warnings);
    }

    private List<Change> changes() {
        return HostRoot.changes(overlays);
    }

    private Path inSkeleton(Path host) {
        return skeleton.resolve(host.toString().substring(1));
    }

    /** Everything in a directory that cannot be one overlay. */
    private void entries(Path directory) throws IOException {
        List<Path> all;
        try (Stream<Path> listed = Files.list(directory)) {
            all = listed.sorted().toList();
        }
        for (Path entry : all) {
            if (Files.isSymbolicLink(entry)) {
                Files.createSymbolicLink(inSkeleton(entry), Files.readSymbolicLink(entry));
            } else if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                if (!FRESH.contains(entry.toString())) {
                    directory(entry);
                }
            } else if (Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
                Files.createFile(inSkeleton(entry));
                bind(entry, true, false);
            }
        }
    }

    private void directory(Path directory) throws IOException {
        Files.createDirectories(inSkeleton(directory));
        if (!holdsMounts(directory)) {
            try {
                overlay(directory);
                return;
            } catch (SyscallException e) {
                if (!e.is(Errno.EINVAL, Errno.EPERM, Errno.EOPNOTSUPP, Errno.ELOOP, Errno.ENODEV, Errno.ENOSYS, Errno.EACCES)) {
                    throw e;
                }
                bind(directory, false, true);
                return;
            }
        }
        if (opened.size() + MOST_ENTRIES < MOST_MOUNTS && count(directory) <= MOST_ENTRIES) {
            entries(directory);
        } else {
            bind(directory, false, true);
        }
    }

    /** -1 would be a directory that may not be listed: it counts as one with too many. */
    private static int count(Path directory) {
        try (Stream<Path> listed = Files.list(directory)) {
            return (int) listed.limit(MOST_ENTRIES + 1L).count();
        } catch (IOException e) {
            return Integer.MAX_VALUE;
        }
    }

    private boolean holdsMounts(Path directory) {
        return mountinfo.stream().anyMatch(m -> m.target().startsWith(directory + "/"));
    }

    private void overlay(Path directory) {
        OverlayDirectory overlay = new OverlayDirectory(directory, List.of(), state, statePath, "-" + (overlays.size() + 1));
        reached.stream().filter(path -> path.startsWith(directory) && !path.equals(directory)).forEach(overlay::reach);
        attach(directory.toString(), false, new HeldMount(overlay.mount(null)));
        overlays.put(directory.toString(), overlay);
    }

    private void bind(Path source, boolean file, boolean told) {
        try (Fd directory = FileCalls.open(source, Fcntl.O_PATH, 0)) {
            attach(source.toString(), file, new HeldMount(DetachedMounts.bind(directory, !file, true)));
            if (told) {
                warnings.add("hostRoot(): " + source + " is read-only: an ordinary user cannot have an overlay of it" + (holdsMounts(source) ? ", since other file systems are "
                        + "mounted below" : ""));
            }
        } catch (SyscallException e) {
            warnings.add("hostRoot(): " + source + " is left out: " + e.getMessage());
        }
    }

    private void attach(String target, boolean file, HeldMount mount) {
        opened.add(mount);
        attached.add(new PlanInput.Attached(target, file, null, 0, false, "hostRoot " + target));
        received.add(new OpenRoot.Received(target, mount));
    }
}
