package dev.caisson.core.layer;

import dev.caisson.ContainerException;
import io.airlift.compress.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** The zstd decoder behind {@link ZstdFrames}; its many exceptions for damaged input become one. */
final class ZstdInput extends PlainInput {
    private static final int BUFFER = 64 * 1024;

    private final InputStream decoder;
    private final Fault fault;
    /** The decoder writes to arrays alone. */
    private final byte[] buffer = new byte[BUFFER];

    ZstdInput(BlobInput compressed, LayerLimits limits, Fault fault) {
        this.decoder = new ZstdInputStream(new ZstdFrames(compressed, limits, fault));
        this.fault = fault;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        try {
            boolean inPlace = into.hasArray();
            int n = inPlace ? decoder.read(into.array(), into.arrayOffset() + into.position(), into.remaining()) : decoder.read(buffer, 0, Math.min(BUFFER, into.remaining()));
            if (inPlace && n > 0) {
                into.position(into.position() + n);
            } else if (n > 0) {
                into.put(buffer, 0, n);
            }
            return n;
        } catch (ContainerException e) {
            throw e;
        } catch (RuntimeException e) {
            // MalformedInputException and, for some inputs, the array checks behind it.
            throw fault.malformed("its zstd stream is damaged: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() throws IOException {
        super.close();
        decoder.close();
    }
}
