package dev.caisson;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a container sees besides its root: the part of {@link ContainerBuilder} that becomes {@link ContainerSpec.Files}.
 *
 * @param <B> the builder
 */
abstract sealed class FileOptions<B extends FileOptions<B>> extends ProcessOptions<B> permits NameOptions {
    private ReadOnly readOnly = ReadOnly.NO;
    private final List<Mount> mounts = new ArrayList<>();
    private long shmSize = 64L << 20;
    private final List<Device> devices = new ArrayList<>();
    private final List<String> deviceRules = new ArrayList<>();
    private final List<VolumesFrom> volumesFrom = new ArrayList<>();
    private final List<Secret> secrets = new ArrayList<>();

    /** {@link ReadOnly#VOLATILE}: the root is read-only, {@code /run /tmp /var/tmp /var/cache /var/lock} and image volumes stay writable for the run. */
    public B readOnly() {
        return readOnly(ReadOnly.VOLATILE);
    }

    /** How read-only the root is ({@code --read-only} is {@link ReadOnly#STRICT}). */
    public B readOnly(ReadOnly mode) {
        readOnly = mode;
        return self();
    }

    /** An empty directory in memory: {@code /tmp} or {@code /tmp:size=64m,mode=1777,noexec} ({@code --tmpfs}); default nosuid, nodev, noexec as docker's. */
    public B tmpfs(String targetAndOptions) {
        int colon = targetAndOptions.indexOf(':');
        Map<String, String> options = new LinkedHashMap<>();
        if (colon >= 0) {
            for (String option : targetAndOptions.substring(colon + 1).split(",")) {
                int equals = option.indexOf('=');
                options.put(equals < 0 ? option : option.substring(0, equals), equals < 0 ? "" : option.substring(equals + 1));
            }
        }
        mounts.add(new Mount.Tmpfs(colon < 0 ? targetAndOptions : targetAndOptions.substring(0, colon), options));
        return self();
    }

    /** A host directory or file, writable, with what is mounted below it ({@code --volume SRC:DST}). */
    public B bind(Path source, String target) {
        return bind(source, target, false, Mount.Propagation.PRIVATE);
    }

    /** A host directory or file, recursively read-only ({@code --volume SRC:DST:ro}). */
    public B bindReadOnly(Path source, String target) {
        return bind(source, target, true, Mount.Propagation.PRIVATE);
    }

    final void mount(Mount mount) {
        mounts.add(mount);
    }

    /** A bind with a propagation ({@code --mount type=bind,bind-propagation=…}). */
    public B bind(Path source, String target, boolean readOnly, Mount.Propagation propagation) {
        mounts.add(new Mount.Bind(source.toAbsolutePath().normalize(), target, readOnly, propagation, true));
        return self();
    }

    /**
     * A volume by its name, made when it is first used ({@code --volume NAME:DST}). It survives the container; a new one begins with what the root file system has at
     * the target, owners and all.
     *
     * @see Engine#volumes()
     */
    public B volume(String name, String target) {
        return volume(new Mount.Volume(name, target, false, true, ""));
    }

    /** The same, read-only ({@code --volume NAME:DST:ro}). */
    public B volumeReadOnly(String name, String target) {
        return volume(new Mount.Volume(name, target, true, true, ""));
    }

    /** A volume of the container's own ({@code --volume DST}); others may share it by {@link #volumesFrom}. It goes with the last container that has it. */
    public B volume(String target) {
        return volume(new Mount.Volume("", target, false, true, ""));
    }

    /** A volume, with all that can be said of it ({@code --mount type=volume,…}). */
    public B volume(Mount.Volume volume) {
        mounts.add(volume);
        return self();
    }

    /** The files of an image as a read-only directory ({@code --mount type=image}); it is pulled if it is not in the local store, and stays as long as the container. */
    public B imageMount(String reference, String target) {
        return imageMount(reference, target, "");
    }

    /** The same of one directory of the image ({@code image-subpath}); needs Linux 6.15. */
    public B imageMount(String reference, String target, String subpath) {
        mounts.add(new Mount.Image(reference, target, subpath));
        return self();
    }

    /** The binds and volumes of another container of this engine, at the same targets; a mount given here wins ({@code --volumes-from}). */
    public B volumesFrom(String container) {
        volumesFrom.add(new VolumesFrom(container, false));
        return self();
    }

    /** The same, read-only ({@code --volumes-from NAME:ro}). */
    public B volumesFromReadOnly(String container) {
        volumesFrom.add(new VolumesFrom(container, true));
        return self();
    }

    /**
     * A file {@code /run/secrets/NAME}: in memory, of the container's user, mode 0400, on a read-only file system that no disk and no other container sees.
     *
     * @param content copied; at most 1 MiB
     */
    public B secret(String name, byte[] content) {
        secrets.add(new Secret(name, content));
        return self();
    }

    /** Size of {@code /dev/shm}, such as {@code 256m} ({@code --shm-size}); default 64 MiB. */
    public B shm(String size) {
        shmSize = problems.size("shm", size);
        return self();
    }

    /** A host device, with read, write and mknod access ({@code --device}). */
    public B device(String path) {
        return device(path, path, "rwm");
    }

    /** A host device under a name of its own, with access of {@code r}, {@code w}, {@code m}. */
    public B device(String hostPath, String containerPath, String access) {
        devices.add(new Device(hostPath, containerPath, access));
        return self();
    }

    /** A device cgroup rule such as {@code c 42:* rmw} ({@code --device-cgroup-rule}). */
    public B deviceRule(String rule) {
        deviceRules.add(rule);
        return self();
    }

    ContainerSpec.Files files() {
        return new ContainerSpec.Files(readOnly, mounts, shmSize, devices, deviceRules, volumesFrom, secrets);
    }
}
