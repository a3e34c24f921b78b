package dev.caisson.storage.overlay;

import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Mounts;
import dev.caisson.linux.SyscallException;
import dev.caisson.spi.storage.MountSpec.Option;
import java.util.ArrayList;
import java.util.List;

/**
 * The options of every overlay mount. A layer is hostile: by extended attributes of overlayfs it could name directories and
 * data of its neighbours, so nothing of that is followed.
 */
final class OverlayOptions {
    /** {@code redirect_dir=off} would follow redirects where the kernel is configured with OVERLAY_FS_REDIRECT_ALWAYS_FOLLOW. */
    private static final List<Option> SAFE = List.of(text("metacopy", "off"), text("redirect_dir", "nofollow"), text("index", "off"));
    /** No sync of the upper directory, not even on unmount (Linux 5.10). */
    private static final Option VOLATILE = new Option("volatile", null, null);

    private final boolean knowsVolatile;

    private OverlayOptions(boolean knowsVolatile) {
        this.knowsVolatile = knowsVolatile;
    }

    /** Asks the kernel which options it knows. */
    static OverlayOptions ofThisKernel() {
        try (Fd fs = Mounts.fsopen("overlay")) {
            Mounts.fsconfigFlag(fs, VOLATILE.key());
            return new OverlayOptions(true);
        } catch (SyscallException e) {
            if (e.call().equals("fsconfig") && e.is(Errno.EINVAL)) {
                return new OverlayOptions(false);
            }
            throw e;
        }
    }

    List<Option> forRoot(boolean volatileUpper) {
        List<Option> options = new ArrayList<>(SAFE);
        if (volatileUpper && knowsVolatile) {
            options.add(VOLATILE);
        }
        return options;
    }

    private static Option text(String key, String value) {
        return new Option(key, value, null);
    }
}
