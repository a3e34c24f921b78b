package dev.caisson.core.engine;

import dev.caisson.linux.Stat;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Who is about to do something in a network namespace, for others who are about to do what does not go with it. Thread-safe. */
final class OnTheWay {
    private final Set<Mark> marks = ConcurrentHashMap.newKeySet();

    /** One of them, until it is closed. */
    final class Mark implements AutoCloseable {
        private final Stat namespace;
        private final String who;

        private Mark(Stat namespace, String who) {
            this.namespace = namespace;
            this.who = who;
        }

        @Override
        public void close() {
            marks.remove(this);
        }
    }

    /** @param namespace its file @param who for messages */
    Mark enter(Stat namespace, String who) {
        Mark mark = new Mark(namespace, who);
        marks.add(mark);
        return mark;
    }

    /** Somebody in a network namespace. */
    Optional<String> at(Stat namespace) {
        return marks.stream().filter(m -> m.namespace.isSameFile(namespace)).map(m -> m.who).findAny();
    }
}
