package dev.caisson;

import dev.caisson.spi.Given;
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
    private long shmSize = Unsaid.FILES.shmSize();
    private final List<Device> devices = new ArrayList<>();
    private final List<String> deviceRules = new ArrayList<>();
    private final List<VolumesFrom> volumesFrom = new ArrayList<>();
    private final List<Secret> secrets = new ArrayList<>();

    /**
     * {@link ReadOnly#VOLATILE}: the root is read-only, {@code /run /tmp /var/tmp /var/cache /var/lock} and image volumes stay writable for the run.
     *
     * @return this builder
     */
    public B readOnly() {
        return readOnly(ReadOnly.VOLATILE);
    }

    /**
     * How read-only the root is ({@code --read-only} is {@link ReadOnly#STRICT}).
     *
     * @param mode {@link ReadOnly#NO} by default
     * @return this builder
     */
    public B readOnly(ReadOnly mode) {
        Given.one(mode);
        readOnly = mode;
        return self();
    }

    /**
     * An empty directory in memory: {@code /tmp} or {@code /tmp:size=64m,mode=1777,noexec} ({@code --tmpfs}); default nosuid, nodev, noexec as docker's.
     *
     * @param targetAndOptions an absolute path; after a colon options of tmpfs(5): {@code size} and {@code mode} (octal), {@code uid gid nr_inodes nr_blocks ro exec
     *     suid dev huge} …, separated by commas. An unknown one is an error that names the nearest known one
     * @return this builder
     */
    public B tmpfs(String targetAndOptions) {
        Given.one(targetAndOptions);
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

    /**
     * A host directory or file, writable, with what is mounted below it ({@code --volume SRC:DST}).
     *
     * @param source on the host; that it is missing is an error at the start
     * @param target absolute in the container; made if it is missing
     * @return this builder
     */
    public B bind(Path source, String target) {
        return bind(source, target, false, Mount.Propagation.PRIVATE);
    }

    /**
     * A host directory or file, recursively read-only ({@code --volume SRC:DST:ro}).
     *
     * @param source on the host
     * @param target absolute in the container; made if it is missing
     * @return this builder
     */
    public B bindReadOnly(Path source, String target) {
        Given.all(source, target);
        return bind(source, target, true, Mount.Propagation.PRIVATE);
    }

    final void mount(Mount mount) {
        mounts.add(mount);
    }

    /**
     * A bind with a propagation ({@code --mount type=bind,bind-propagation=…}).
     *
     * @param source on the host
     * @param target absolute in the container; made if it is missing
     * @param readOnly also what is mounted below the source
     * @param propagation {@link Mount.Propagation#PRIVATE} by default
     * @return this builder
     */
    public B bind(Path source, String target, boolean readOnly, Mount.Propagation propagation) {
        Given.all(source, target, readOnly, propagation);
        mounts.add(new Mount.Bind(source.toAbsolutePath().normalize(), target, readOnly, propagation, true));
        return self();
    }

    /**
     * A volume by its name, made when it is first used ({@code --volume NAME:DST}). It survives the container; a new one begins with what the root file system has at
     * the target, owners and all.
     *
     * @param name letters, digits, {@code _}, {@code .} and {@code -}, two at least, beginning with a letter or digit
     * @param target absolute in the container
     * @return this builder
     * @see Engine#volumes()
     */
    public B volume(String name, String target) {
        Given.all(name, target);
        return volume(new Mount.Volume(name, target, false, true, ""));
    }

    /**
     * The same, read-only ({@code --volume NAME:DST:ro}).
     *
     * @param name as for {@link #volume(String, String)}
     * @param target absolute in the container
     * @return this builder
     */
    public B volumeReadOnly(String name, String target) {
        Given.all(name, target);
        return volume(new Mount.Volume(name, target, true, true, ""));
    }

    /**
     * A volume of the container's own ({@code --volume DST}); others may share it by {@link #volumesFrom(String)}. It goes with the last container that has it.
     *
     * @param target absolute in the container
     * @return this builder
     */
    public B volume(String target) {
        Given.one(target);
        return volume(new Mount.Volume("", target, false, true, ""));
    }

    /**
     * A volume, with all that can be said of it ({@code --mount type=volume,…}).
     *
     * @param volume name, target, and whether it is read-only, filled, or a directory of it
     * @return this builder
     */
    public B volume(Mount.Volume volume) {
        Given.one(volume);
        mounts.add(volume);
        return self();
    }

    /**
     * The files of an image as a read-only directory ({@code --mount type=image}); it is pulled if it is not in the local store, and stays as long as the container.
     *
     * @param reference a name, or the id of an image that is here
     * @param target absolute in the container
     * @return this builder
     */
    public B imageMount(String reference, String target) {
        return imageMount(reference, target, "");
    }

    /**
     * The same of one directory of the image ({@code image-subpath}); needs Linux 6.15.
     *
     * @param reference a name, or the id of an image that is here
     * @param target absolute in the container
     * @param subpath a directory of the image, relative, without {@code ..}
     * @return this builder
     */
    public B imageMount(String reference, String target, String subpath) {
        Given.all(reference, target, subpath);
        mounts.add(new Mount.Image(reference, target, subpath));
        return self();
    }

    /**
     * The binds and volumes of another container of this engine, at the same targets; a mount given here wins ({@code --volumes-from}).
     *
     * @param container its name or id; it may have ended, but not have been removed
     * @return this builder
     */
    public B volumesFrom(String container) {
        Given.one(container);
        volumesFrom.add(new VolumesFrom(container, false));
        return self();
    }

    /**
     * The same, read-only ({@code --volumes-from NAME:ro}).
     *
     * @param container its name or id
     * @return this builder
     */
    public B volumesFromReadOnly(String container) {
        Given.one(container);
        volumesFrom.add(new VolumesFrom(container, true));
        return self();
    }

    /**
     * A file {@code /run/secrets/NAME}: in memory, of the container's user, mode 0400, on a read-only file system that no disk and no other container sees.
     *
     * @param name 1 to 64 letters, digits, {@code _}, {@code .} and {@code -}
     * @param content copied; at most 1 MiB
     * @return this builder
     */
    public B secret(String name, byte[] content) {
        Given.all(name, content);
        secrets.add(new Secret(name, content));
        return self();
    }

    /**
     * Size of {@code /dev/shm}, such as {@code 256m} ({@code --shm-size}); default 64 MiB.
     *
     * @param size units of 1024
     * @return this builder
     */
    public B shm(String size) {
        Given.one(size);
        shmSize = problems.size("shm", size);
        return self();
    }

    /**
     * A host device, with read, write and mknod access ({@code --device}).
     *
     * @param path absolute, the same on the host and in the container
     * @return this builder
     */
    public B device(String path) {
        return device(path, path, "rwm");
    }

    /**
     * A host device under a name of its own, with access of {@code r}, {@code w}, {@code m}.
     *
     * @param hostPath absolute
     * @param containerPath absolute
     * @param access one to three of {@code r} read, {@code w} write, {@code m} mknod
     * @return this builder
     */
    public B device(String hostPath, String containerPath, String access) {
        Given.all(hostPath, containerPath, access);
        devices.add(new Device(hostPath, containerPath, access));
        return self();
    }

    /**
     * A device cgroup rule such as {@code c 42:* rmw} ({@code --device-cgroup-rule}).
     *
     * @param rule type ({@code a}, {@code b}, {@code c}), major and minor number ({@code *} for any), access
     * @return this builder
     */
    public B deviceRule(String rule) {
        Given.one(rule);
        deviceRules.add(rule);
        return self();
    }

    ContainerSpec.Files files() {
        boolean said = readOnly != ReadOnly.NO || shmSize != Unsaid.FILES.shmSize() || !mounts.isEmpty() || !devices.isEmpty() || !deviceRules.isEmpty() || !volumesFrom.isEmpty()
                || !secrets.isEmpty();
        return !said ? Unsaid.FILES : new ContainerSpec.Files(readOnly, mounts, shmSize, devices, deviceRules, volumesFrom, secrets);
    }
}
