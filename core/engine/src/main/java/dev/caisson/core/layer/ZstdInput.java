package dev.caisson.core.layer;

import dev.caisson.ContainerException;
import io.airlift.compress.zstd.ZstdInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** The zstd decoder behind {@link ZstdFrames}; its many exceptions for damaged input become one. */
final class ZstdInput extends FilterInputStream {
    private final Fault fault;

    private ZstdInput(InputStream decoder, Fault fault) {
        super(decoder);
        this.fault = fault;
    }

    static InputStream open(InputStream compressed, LayerLimits limits, Fault fault) {
        return new ZstdInput(new ZstdInputStream(new ZstdFrames(compressed, limits, fault)), fault);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
        try {
            return in.read(b, off, len);
        } catch (ContainerException e) {
            throw e;
        } catch (RuntimeException e) {
            // MalformedInputException and, for some inputs, the array checks behind it.
            throw fault.malformed("its zstd stream is damaged: " + e.getMessage(), e);
        }
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
