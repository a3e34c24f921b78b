package dev.caisson.core.engine;

import dev.caisson.Event;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listener whose failures are its own: it is called in the middle of starts and ends, where what it throws would keep a container from ever being started or over. */
record CalmListener(Consumer<Event> given) implements Consumer<Event> {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");

    static List<Consumer<Event>> all(List<Consumer<Event>> given) {
        return given.stream().<Consumer<Event>>map(CalmListener::new).toList();
    }

    @Override
    public void accept(Event event) {
        try {
            given.accept(event);
        } catch (RuntimeException | Error e) {
            LOG.warn("a listener failed at {}", event, e);
        }
    }
}
