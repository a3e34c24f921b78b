package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.InvalidSpec;
import dev.caisson.Mount;
import dev.caisson.RootSource;
import dev.caisson.core.rootfs.ImageMount;
import dev.caisson.core.rootfs.OpenRoot;
import dev.caisson.core.rootfs.OpenRoot.Received;
import dev.caisson.core.rootfs.SeenBy;
import dev.caisson.core.spec.Targets;
import dev.caisson.linux.SyscallException;
import dev.caisson.spi.storage.LayerId;
import dev.caisson.spi.storage.StorageDriver;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Images that a container has as directories ({@code docker run --mount type=image}). */
final class ImageMounts {
    private ImageMounts() {}

    /** The spec with all images that it names here, and called as they are to be resolved. */
    static ContainerSpec ensure(ContainerSpec spec, ImageSource images) {
        ContainerSpec ready = spec.root() instanceof RootSource.Image image ? spec.with(images.ensure(image)) : spec;
        ContainerSpec.Files files = ready.files();
        if (files.mounts().stream().noneMatch(Mount.Image.class::isInstance)) {
            return ready;
        }
        List<Mount> mounts = new ArrayList<>();
        for (Mount mount : files.mounts()) {
            mounts.add(mount instanceof Mount.Image i ? new Mount.Image(images.ensure(new RootSource.Image(i.reference())).reference(), i.target(), i.subpath()) : mount);
        }
        return ready.with(new ContainerSpec.Files(files.readOnly(), mounts, files.shmSize(), files.devices(), files.deviceRules(), files.volumesFrom(), files.secrets()));
    }

    /** The root with these mounts, which go with it. Where among the user's others they belong, the plan says. */
    static OpenRoot with(OpenRoot root, LocalEngine engine, ContainerSpec spec, String id, ContainerFiles made, @Nullable SeenBy users) {
        if (spec.files().mounts().stream().noneMatch(Mount.Image.class::isInstance)) {
            return root;
        }
        StorageDriver driver = engine.drivers().storage();
        List<Received> received = new ArrayList<>(root.received());
        List<Runnable> closing = new ArrayList<>(List.of(root.closing()));
        Runnable all = () -> closing.forEach(Runnable::run);
        try {
            for (Mount mount : spec.files().mounts()) {
                if (mount instanceof Mount.Image image) {
                    String name = id + ".image" + closing.size();
                    closing.add(() -> driver.release(name));
                    Received one = open(image, driver, name, engine.imageSource().resolve(image.reference()).top(), made, users);
                    closing.add(one.mount()::close);
                    received.add(one);
                }
            }
        } catch (RuntimeException e) {
            all.run();
            throw e;
        }
        return new OpenRoot(root.held(), root.mounts(), received, root.masked(), root.changes(), all, root.warnings());
    }

    private static Received open(Mount.Image image, StorageDriver driver, String name, @Nullable LayerId top, ContainerFiles made, @Nullable SeenBy users) {
        String field = "imageMount(\"" + image.reference() + "\", \"" + image.target() + "\")";
        if (top == null) {
            throw new InvalidSpec(field, "the image has no files", "");
        }
        try {
            return new Received(Targets.clean(image.target()), ImageMount.open(driver, name, made.statePath(), top, image.subpath(), users));
        } catch (SyscallException e) {
            throw new InvalidSpec(field, (image.subpath().isEmpty() ? "" : "subpath '" + image.subpath() + "': ") + e.getMessage(),
                    image.subpath().isEmpty() ? "" : "it has to be a directory of the image; this needs Linux 6.15");
        }
    }
}
