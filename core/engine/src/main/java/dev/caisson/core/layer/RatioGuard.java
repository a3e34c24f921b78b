package dev.caisson.core.layer;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Ends a decompression bomb: refuses more uncompressed bytes for each compressed one than the limits allow, and more than their total. */
final class RatioGuard extends FilterInputStream {
    private final CountedInput compressed;
    private final LayerLimits limits;
    private final Fault fault;
    private long produced;

    RatioGuard(InputStream uncompressed, CountedInput compressed, LayerLimits limits, Fault fault) {
        super(uncompressed);
        this.compressed = compressed;
        this.limits = limits;
        this.fault = fault;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
        int n = in.read(b, off, len);
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
    public long skip(long n) throws IOException {
        return read(new byte[(int) Math.min(n, 8192)]);
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
