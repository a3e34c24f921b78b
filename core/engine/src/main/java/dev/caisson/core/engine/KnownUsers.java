package dev.caisson.core.engine;

import dev.caisson.RootSource;
import dev.caisson.core.plan.Memo;
import dev.caisson.core.security.identity.Identity;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Stat;
import dev.caisson.linux.SyscallException;
import dev.caisson.spi.storage.LayerId;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who users of fresh root file systems are, without reading their passwd and group each time: those of a layer never change, and those of a directory are looked at, whether
 * they are the same.
 */
final class KnownUsers {
    /** A file that was changed so lately could be changed once more without another time of change. */
    private static final long SETTLED_SECONDS = 2;
    private static final int DIRECTORY = Fcntl.O_PATH | Fcntl.O_DIRECTORY;
    private static final long ONE_STEP = Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_NO_SYMLINKS | Fcntl.RESOLVE_NO_XDEV;

    private final Memo<Key, Identity> known = new Memo<>();
    private final Clock clock;

    KnownUsers() {
        this(Clock.systemUTC());
    }

    /** @param clock the file systems' */
    KnownUsers(Clock clock) {
        this.clock = clock;
    }

    /** @param basis what shows that the files are the same */
    private record Key(Object basis, String user, List<String> groups) {}

    private record File(long ino, int devMajor, int devMinor, long size, long mtimeSec, int mtimeNsec, long ctimeSec, int ctimeNsec) {
        static File of(Stat s) {
            return new File(s.ino(), s.devMajor(), s.devMinor(), s.size(), s.mtimeSec(), s.mtimeNsec(), s.ctimeSec(), s.ctimeNsec());
        }
    }

    private record Etc(Path of, File itself, Optional<File> passwd, Optional<File> group) {}

    /**
     * As {@link Identities#resolve}.
     *
     * @param top of an image: its last layer
     * @param fresh its root file system, in which nothing was changed yet
     */
    Identity of(RootSource source, @Nullable LayerId top, Fd fresh, String user, List<String> groups) {
        Optional<Object> basis = top != null ? Optional.of(top) : source instanceof RootSource.Directory d ? look(d.path()) : Optional.empty();
        return basis.isEmpty() ? Identities.resolve(fresh, user, groups) : known.get(new Key(basis.get(), user, groups), () -> Identities.resolve(fresh, user, groups));
    }

    /** Empty where a change could go unseen: behind a link, below a mount that the container does not see, or at this moment. */
    private Optional<Object> look(Path directory) {
        try (Fd root = FileCalls.open(directory, DIRECTORY, 0); Fd etc = FileCalls.openat2(root, "etc", DIRECTORY, 0, ONE_STEP)) {
            Stat itself = FileCalls.fstat(etc);
            Optional<Stat> passwd = FileCalls.fstatatIfPresent(etc, "passwd", Fcntl.AT_SYMLINK_NOFOLLOW);
            Optional<Stat> group = FileCalls.fstatatIfPresent(etc, "group", Fcntl.AT_SYMLINK_NOFOLLOW);
            return Stream.of(Optional.of(itself), passwd, group).flatMap(Optional::stream).allMatch(s -> settled(s, itself))
                    ? Optional.of(new Etc(directory, File.of(itself), passwd.map(File::of), group.map(File::of))) : Optional.empty();
        } catch (SyscallException e) {
            return Optional.empty(); // the start will say what is wrong
        }
    }

    private boolean settled(Stat file, Stat etc) {
        return !file.isSymlink() && file.devMajor() == etc.devMajor() && file.devMinor() == etc.devMinor()
                && file.ctimeSec() < clock.instant().getEpochSecond() - SETTLED_SECONDS;
    }
}
