package dev.caisson.core.engine;

import dev.caisson.ExitStatus;
import dev.caisson.ScheduledContainer.Outcome;
import dev.caisson.ScheduledContainer.Run;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** What became of the runs of a schedule, the last thousand. Not thread-safe. */
final class RunHistory {
    private static final int KEPT = 1000;
    private static final int OUTPUT = 64 * 1024;

    /** One that is being written. */
    static final class Entry {
        private Run run;

        private Entry(Run run) {
            this.run = run;
        }
    }

    private final Deque<Entry> entries = new ArrayDeque<>();

    Entry add(Instant due, Outcome outcome) {
        Entry entry = new Entry(new Run(due, outcome, null, null, null, "", ""));
        entries.add(entry);
        if (entries.size() > KEPT) {
            entries.removeFirst();
        }
        return entry;
    }

    void started(Entry entry, Instant when) {
        entry.run = new Run(entry.run.due(), Outcome.RUNNING, when, null, null, "", "");
    }

    void ended(Entry entry, Instant when, ExitStatus exit, String output) {
        String end = output.length() <= OUTPUT ? output : output.substring(output.length() - OUTPUT);
        entry.run = new Run(entry.run.due(), Outcome.ENDED, entry.run.started(), when, exit, "", end);
    }

    void failed(Entry entry, Instant when, Throwable why) {
        Throwable cause = why instanceof java.util.concurrent.CompletionException && why.getCause() != null ? why.getCause() : why;
        entry.run = new Run(entry.run.due(), Outcome.FAILED, entry.run.started(), when, null, String.valueOf(cause.getMessage()), "");
    }

    /** However it ended otherwise, that was the reason. */
    void killed(Entry entry, Instant when) {
        entry.run = new Run(entry.run.due(), Outcome.KILLED, entry.run.started(), when, entry.run.exit(), "", entry.run.output());
    }

    List<Run> list() {
        return entries.stream().map(e -> e.run).toList();
    }
}
