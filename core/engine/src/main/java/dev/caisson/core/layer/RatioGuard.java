package dev.caisson.core.layer;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Ends a decompression bomb: refuses more uncompressed bytes for each compressed one than the limits allow, and more than their total. */
final class RatioGuard extends PlainInput {
    private final PlainInput in;
    private final BlobInput compressed;
    private final LayerLimits limits;
    private final Fault fault;
    private long produced;

    RatioGuard(PlainInput uncompressed, BlobInput compressed, LayerLimits limits, Fault fault) {
        this.in = uncompressed;
        this.compressed = compressed;
        this.limits = limits;
        this.fault = fault;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        int n = in.read(into);
        produced += Math.max(0, n);
        if (produced > limits.totalBytes()) {
            throw fault.excess("it unpacks to more than " + limits.totalBytes() + " bytes");
        }
        if (produced > limits.ratioFrom() && produced / limits.ratio() > compressed.count()) {
            throw fault.excess("a decompression bomb: " + compressed.count() + " bytes unpacked to " + produced + " already, more than " + limits.ratio() + " times");
        }
        return n;
    }

    @Override
    public void close() throws IOException {
        super.close();
        in.close();
    }
}
