package dev.caisson.samples;

import dev.caisson.TransferProgress;
import dev.caisson.TransferProgress.Phase;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A text progress bar for a terminal:
 *
 * <pre>
 * app:1.2  [==========>         ]  52 %  34.1 of 65.0 MB, 2 of 5 blobs
 * </pre>
 *
 * Where there is no terminal, a line for each blob that is done. Events come from several threads.
 */
final class ProgressBar implements Consumer<TransferProgress>, AutoCloseable {
    private static final int WIDTH = 20;
    private static final String TO_LINE_START = "\r";
    private static final String CLEAR_TO_LINE_END = "\u001b[K";

    private final PrintStream out;
    private final boolean terminal;
    private final Map<String, Phase> blobs = new HashMap<>();
    private String shown = "";

    ProgressBar(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    @Override
    public synchronized void accept(TransferProgress p) {
        blobs.put(p.blob(), p.phase());
        if (terminal) {
            String line = line(p);
            if (!line.equals(shown)) {
                out.print(TO_LINE_START + line + CLEAR_TO_LINE_END);
                out.flush();
                shown = line;
            }
        } else if (ended(p.phase())) {
            out.println(p.blob().substring(0, Math.min(19, p.blob().length())) + " " + p.phase().toString().toLowerCase(Locale.ROOT));
        }
    }

    private String line(TransferProgress p) {
        double share = p.totalSize() == 0 ? 1 : Math.min(1, p.totalDone() / (double) p.totalSize());
        int filled = (int) (share * WIDTH);
        String bar = "=".repeat(filled) + (filled < WIDTH ? ">" + " ".repeat(WIDTH - filled - 1) : "");
        long done = blobs.values().stream().filter(ProgressBar::ended).count();
        return String.format(Locale.ROOT, "%s  [%s] %3d %%  %.1f of %.1f MB, %d of %d blobs", name(p.reference()), bar, (int) (share * 100), p.totalDone() / 1e6, p.totalSize() / 1e6,
                done, blobs.size());
    }

    private static String name(String reference) {
        return reference.substring(reference.lastIndexOf('/') + 1);
    }

    private static boolean ended(Phase phase) {
        return phase == Phase.VERIFIED || phase == Phase.PRESENT || phase == Phase.UPLOADED;
    }

    /** Ends the line, so that what follows begins on the next. */
    @Override
    public synchronized void close() {
        if (terminal && !shown.isEmpty()) {
            out.println();
        }
    }
}
