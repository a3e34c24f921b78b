package dev.caisson.logging.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;

/** The lines of all files of a log as they are at one instant, from the first or from the last so many on. */
public final class LogLines implements AutoCloseable {
    /** What {@link LogLines} asks of each line. */
    public enum Verdict {
        /** It counts. */
        COUNTS,
        /** It does not, another may. */
        SKIP,
        /** It does not, and none before it will. */
        STOP
    }

    /** Looks at a line; the buffer is valid during the call. */
    public interface Judge {
        Verdict judge(ByteBuffer line);
    }

    /** Takes a line; the buffer is valid during the call. */
    public interface Taker {
        void take(ByteBuffer line);
    }

    private final List<LogPiece> pieces;

    private LogLines(List<LogPiece> pieces) {
        this.pieces = pieces;
    }

    /** Opens all files; lines written from now on are not seen. */
    public static LogLines open(LogFiles files) {
        return new LogLines(files.snapshot());
    }

    /** All lines, oldest first. */
    public void all(Taker taker) throws IOException {
        from(0, 0, taker);
    }

    /** The lines from the {@code count}-last on that counts; more than asked for may be passed, of those that do not count. */
    public void last(int count, Judge judge, Taker taker) throws IOException {
        int left = count;
        for (int piece = pieces.size() - 1; piece >= 0 && left > 0; piece--) {
            Start start = pieces.get(piece).compressed() ? compressed(pieces.get(piece), left, judge) : plain(pieces.get(piece), left, judge);
            left -= start.counted();
            if (left == 0 || start.stopped()) {
                from(piece, start.offset(), taker);
                return;
            }
        }
        if (count > 0) {
            all(taker);
        }
    }

    private record Start(long offset, int counted, boolean stopped) {}

    private static Start plain(LogPiece piece, int wanted, Judge judge) {
        BackwardLines lines = new BackwardLines(piece.file(), piece.size());
        long offset = piece.size();
        int counted = 0;
        while (counted < wanted && lines.previous()) {
            Verdict verdict = judge.judge(lines.line());
            if (verdict == Verdict.STOP) {
                return new Start(offset, counted, true);
            }
            counted += verdict == Verdict.COUNTS ? 1 : 0;
            offset = lines.offset();
        }
        return new Start(offset, counted, false);
    }

    /** A compressed file is only read forwards: counted first, then the offset of the line to begin with is looked for. */
    private static Start compressed(LogPiece piece, int wanted, Judge judge) throws IOException {
        long total = scan(piece, judge, Long.MAX_VALUE).counted;
        long skip = Math.max(0, total - wanted);
        return new Start(skip == 0 ? 0 : scan(piece, judge, skip).offset, (int) Math.min(total, wanted), false);
    }

    private record Scan(long counted, long offset) {}

    /** Up to and including so many lines that count. */
    private static Scan scan(LogPiece piece, Judge judge, long limit) throws IOException {
        long counted = 0;
        long offset = 0;
        try (InputStream in = piece.stream(0)) {
            LineReader lines = new LineReader(in);
            ByteBuffer line = lines.next();
            while (line != null && counted < limit) {
                offset += line.remaining() + 1;
                counted += judge.judge(line) == Verdict.COUNTS ? 1 : 0;
                line = lines.next();
            }
        }
        return new Scan(counted, offset);
    }

    private void from(int first, long offset, Taker taker) throws IOException {
        for (int piece = first; piece < pieces.size(); piece++) {
            try (InputStream in = pieces.get(piece).stream(piece == first ? offset : 0)) {
                LineReader lines = new LineReader(in);
                for (ByteBuffer line = lines.next(); line != null; line = lines.next()) {
                    taker.take(line);
                }
            }
        }
    }

    @Override
    public void close() {
        pieces.forEach(LogPiece::close);
    }
}
