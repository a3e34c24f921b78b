package dev.caisson.logging.file;

import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import java.nio.ByteBuffer;

/** Whole lines of an open file, the last first, without reading what lies before them. */
final class BackwardLines {
    private static final int BLOCK = 64 * 1024;

    private final Fd file;
    private byte[] window = new byte[0];
    /** Where the window begins in the file. */
    private long base;
    /** Where the newline stands that ends the line before, as an index into the window; -1 if there is no such line. */
    private int newline;
    private int lineStart;
    private int lineEnd;

    BackwardLines(Fd file, long size) {
        this.file = file;
        this.base = size;
        this.newline = previousNewline(0);
    }

    /** Goes to the line before; false at the beginning. */
    boolean previous() {
        if (newline < 0) {
            return false;
        }
        long end = base + newline;
        int before = previousNewline(newline);
        // The search moves the window: positions in the file stay.
        lineEnd = (int) (end - base);
        lineStart = before + 1;
        newline = before;
        return true;
    }

    /** Where the line begins in the file. */
    long offset() {
        return base + lineStart;
    }

    /** The line without its newline, valid until the next move. */
    ByteBuffer line() {
        return ByteBuffer.wrap(window, lineStart, lineEnd - lineStart);
    }

    /** The last newline before an index; -1 if there is none, the whole beginning being in the window then. */
    private int previousNewline(int index) {
        int end = index;
        int at = index - 1;
        while (true) {
            for (; at >= 0; at--) {
                if (window[at] == '\n') {
                    return at;
                }
            }
            if (base == 0 || window.length > LineReader.LONGEST) {
                return -1;
            }
            int more = extend(end);
            at = more - 1;
            end += more;
        }
    }

    /** Puts the block before the window in front of its first {@code keep} bytes; a line's end is kept with its newline. */
    private int extend(int keep) {
        int more = (int) Math.min(BLOCK, base);
        int kept = Math.min(window.length, keep + 1);
        byte[] wider = new byte[more + kept];
        System.arraycopy(window, 0, wider, more, kept);
        ByteBuffer block = ByteBuffer.wrap(wider, 0, more);
        base -= more;
        while (block.hasRemaining() && FileCalls.pread(file, block, base + block.position()) > 0) {
            // One call may read less.
        }
        window = wider;
        return more;
    }
}
