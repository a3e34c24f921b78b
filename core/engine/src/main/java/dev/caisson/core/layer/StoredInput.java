package dev.caisson.core.layer;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A blob that is not compressed. */
final class StoredInput extends PlainInput {
    private final BlobInput in;

    StoredInput(BlobInput in) {
        this.in = in;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        if (!into.hasRemaining()) {
            return 0;
        }
        if (!in.more()) {
            return -1;
        }
        ByteBuffer here = in.here();
        int n = Math.min(into.remaining(), here.remaining());
        into.put(into.position(), here, here.position(), n).position(into.position() + n);
        here.position(here.position() + n);
        return n;
    }

    @Override
    public void close() throws IOException {
        super.close();
        in.close();
    }
}
