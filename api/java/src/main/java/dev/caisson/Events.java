package dev.caisson;

import java.util.List;
import java.util.concurrent.Flow;

/** What happens to the containers of an engine. The last 1,000 events are kept. */
public interface Events {
    /**
     * Those of the past that a filter means, oldest first.
     *
     * @param filter without {@link EventFilter#since} all that is kept, the last 1,000
     * @return oldest first
     */
    List<ContainerEvent> past(EventFilter filter);

    /**
     * Those that a filter means, each once and in order, by the engine's threads: with {@link EventFilter#since} first those of the past. Ends with the engine, or at
     * {@link EventFilter#until}. A subscriber who is 65,536 events behind gets an {@link EngineProblem}.
     *
     * @param filter from when, until when, of what
     * @return delivered by the engine's threads; one who is too far behind gets an {@link EngineProblem}
     */
    Flow.Publisher<ContainerEvent> stream(EventFilter filter);
}
