package dev.caisson.linux.overlay;

import dev.caisson.linux.Stat;
import java.util.Optional;
import java.util.Set;

/** A directory as the layers below an upper directory show it. */
public interface Lower {
    /** Nothing below: every entry of the upper directory is new. */
    Lower NOTHING = new Lower() {
        @Override
        public Optional<Stat> lookup(String name) {
            return Optional.empty();
        }

        @Override
        public Set<String> names() {
            return Set.of();
        }

        @Override
        public Lower enter(String name) {
            return this;
        }
    };

    /** What the entry is, itself and not what a symbolic link leads to. */
    Optional<Stat> lookup(String name);

    /** All entries that {@link #lookup} finds. */
    Set<String> names();

    /** The directory of that name; {@link #NOTHING} if there is none. */
    Lower enter(String name);
}
