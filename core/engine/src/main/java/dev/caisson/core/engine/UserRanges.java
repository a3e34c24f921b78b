package dev.caisson.core.engine;

import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import dev.caisson.UserNamespace;
import dev.caisson.UserNamespace.KeepId;
import dev.caisson.UserNamespace.Mapped;
import dev.caisson.UserNamespace.Range;
import dev.caisson.core.rootfs.SeenBy;
import dev.caisson.linux.Fd;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Whom containers' users are on the host, and the user namespaces through which their layers are seen: nobody is in one and its maps never change, so it serves the next
 * container with the same maps, too.
 *
 * <p>Ranges of {@code auto()} are claimed in the root directory, so that no two containers of it share one; they lie above those that systemd and shadow give away (systemd's
 * UIDS-GIDS.md), and below what fits no signed number. A container's range is kept for a later one of this engine.
 */
final class UserRanges implements AutoCloseable {
    private static final long FIRST = 0x7000_0000L;
    private static final long SIZE = 0x1_0000;
    private static final int RANGES = 0x7fff;
    /** Of each kind; what is more is given back at once. */
    private static final int KEPT = 32;

    private final EngineHome home;
    private final Function<Mapped, Fd> maker;
    private final Deque<Integer> free = new ArrayDeque<>();
    private final Map<Mapped, Fd> made = new LinkedHashMap<>(16, 0.75f, true);
    private boolean closed;

    /** @param maker makes a user namespace with these maps that nobody is in; the descriptor is the caller's */
    UserRanges(EngineHome home, Function<Mapped, Fd> maker) {
        this.home = home;
        this.maker = maker;
    }

    /** Whether a user or group of the host is one whom auto() gives to a container, be it this one or another. */
    static boolean automatic(long id) {
        return id >= FIRST && id < FIRST + RANGES * SIZE;
    }

    /**
     * The user namespace of a container, through which its layers are seen; null where it has the host's.
     *
     * @param undo gets what gives it back
     */
    @Nullable SeenBy open(UserNamespace wanted, String id, UndoStack undo) {
        if (wanted instanceof UserNamespace.Host) {
            return null;
        }
        Mapped maps = wanted instanceof Mapped given ? given : range(wanted, id, undo);
        return new SeenBy(undo.closing("user namespace", copy(maps)), maps, mount -> undo.closing("layer", mount));
    }

    private Mapped range(UserNamespace wanted, String id, UndoStack undo) {
        int number = take(id);
        undo.push("user range", () -> give(number));
        List<Range> users = List.of(new Range(0, FIRST + number * SIZE, SIZE));
        return wanted instanceof KeepId keep ? KeptUser.maps(keep, users) : new Mapped(users, users);
    }

    private synchronized Fd copy(Mapped maps) {
        Fd known = made.get(maps);
        if (known == null) {
            known = maker.apply(maps);
            made.put(maps, known);
            for (Iterator<Fd> oldest = made.values().iterator(); made.size() > KEPT;) {
                oldest.next().close();
                oldest.remove();
            }
        }
        return known.dup();
    }

    private int take(String id) {
        synchronized (this) {
            Integer last = free.poll();
            if (last != null) {
                return last;
            }
        }
        return claim(id);
    }

    private int claim(String id) {
        int first = Integer.parseInt(id.substring(0, 7), 16);
        for (int i = 0; i < RANGES; i++) {
            int range = (first + i) % RANGES;
            if (home.names().claimUsers(range, id)) {
                return range;
            }
        }
        throw new EngineProblem(Stage.ROOTFS, "all " + RANGES + " user ranges of " + home.root() + " are taken", "remove containers, or give maps of your own");
    }

    private void give(int number) {
        synchronized (this) {
            if (!closed && free.size() < KEPT) {
                free.push(number);
                return;
            }
        }
        home.names().freeUsers(number);
    }

    /** Gives back what no container has. */
    @Override
    public void close() {
        List<Integer> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(free);
            free.clear();
            made.values().forEach(Fd::close);
            made.clear();
        }
        all.forEach(home.names()::freeUsers);
    }
}
