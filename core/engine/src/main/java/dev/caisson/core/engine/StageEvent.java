package dev.caisson.core.engine;

import dev.caisson.Stage;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A stage of a container's start, for the flight recorder. The class is touched only while something records: the JDK takes a tenth of a cold start to make it an event. */
@Name("dev.caisson.Stage")
@Label("Container Stage")
@Category("Caisson")
@Description("A stage of a container's way from its spec to its end")
@StackTrace(false)
final class StageEvent extends Event {
    @Label("Subject")
    @Description("The container's id, or the image's reference")
    String subject = "";

    @Label("Stage")
    String stage = "";

    @Label("Took")
    @Timespan(Timespan.NANOSECONDS)
    long took;

    static void record(String subject, Stage stage, long nanos) {
        StageEvent event = new StageEvent();
        if (event.shouldCommit()) {
            event.subject = subject;
            event.stage = stage.name();
            event.took = nanos;
            event.commit();
        }
    }
}
