package dev.caisson.core.content;

import dev.caisson.linux.Fd;

/** A part of a file as a stream. */
public final class FdInput extends FileInput {
    private final long end;

    /** Takes ownership of the descriptor; reads {@code length} bytes from {@code offset} on, or less where the file ends. */
    public FdInput(Fd fd, long offset, long length) {
        super(fd, offset);
        this.end = length > Long.MAX_VALUE - offset ? Long.MAX_VALUE : offset + length;
    }

    @Override
    long end(long from) {
        return end;
    }
}
