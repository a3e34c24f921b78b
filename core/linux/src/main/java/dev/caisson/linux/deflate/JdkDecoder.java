package dev.caisson.linux.deflate;

import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** The JDK's zlib. */
final class JdkDecoder implements Decoder {
    private final Inflater inflater = new Inflater(true);

    @Override
    public void reset() {
        inflater.reset();
    }

    @Override
    public void input(ByteBuffer from) {
        inflater.setInput(from.duplicate());
    }

    @Override
    public int decode(ByteBuffer into) throws DataFormatException {
        int n = inflater.inflate(into);
        if (n == 0 && inflater.needsDictionary()) {
            throw new DataFormatException("it asks for a dictionary");
        }
        return n;
    }

    @Override
    public boolean finished() {
        return inflater.finished();
    }

    @Override
    public int remaining() {
        return inflater.getRemaining();
    }

    @Override
    public long written() {
        return inflater.getBytesWritten();
    }

    @Override
    public void close() {
        inflater.end();
    }
}
