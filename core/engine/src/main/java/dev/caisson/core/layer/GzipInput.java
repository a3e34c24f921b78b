package dev.caisson.core.layer;

import dev.caisson.linux.deflate.Decoder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;

/**
 * gzip (RFC 1952) with any number of members. The JDK's own stream looks at {@code available()} to decide whether another member follows and takes garbage
 * after the first for its end, so that one stream has two contents; here what follows a member is another member, zeros, or an error.
 */
final class GzipInput extends PlainInput {
    private static final int FHCRC = 2;
    private static final int FEXTRA = 4;
    private static final int FNAME = 8;
    private static final int FCOMMENT = 16;
    private static final int MOST_HEADER = 1 << 20;

    private final BlobInput in;
    private final Fault fault;
    private final Decoder decoder;
    private final CRC32 crc = new CRC32();
    private boolean inMember;
    private boolean ended;
    private long members;

    /** @param decoder closed with it */
    GzipInput(BlobInput in, Fault fault, Decoder decoder) {
        this.in = in;
        this.fault = fault;
        this.decoder = decoder;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        if (!into.hasRemaining()) {
            return 0;
        }
        while (!ended) {
            if (!inMember && !header()) {
                ended = true;
                break;
            }
            int n = inflate(into);
            if (n > 0) {
                crc.update(into.duplicate().flip().position(into.position() - n));
                return n;
            }
        }
        return -1;
    }

    private int inflate(ByteBuffer into) throws IOException {
        try {
            while (true) {
                int n = decoder.decode(into);
                if (n > 0) {
                    return n;
                }
                if (decoder.finished()) {
                    trailer();
                    return 0;
                }
                if (!in.more()) {
                    throw truncated();
                }
                // It is given all that is here, and tells at the stream's end what was not its own.
                ByteBuffer here = in.here();
                decoder.input(here);
                here.position(here.limit());
            }
        } catch (DataFormatException e) {
            throw fault.malformed("its gzip stream is damaged: " + e.getMessage(), e);
        }
    }

    private RuntimeException truncated() {
        return fault.malformed("its gzip stream is truncated");
    }

    private void trailer() throws IOException {
        in.here().position(in.here().limit() - decoder.remaining());
        long expected = little(4);
        long size = little(4);
        if (expected != crc.getValue() || size != (decoder.written() & 0xffffffffL)) {
            throw fault.malformed("the checksum of its gzip stream does not match");
        }
        inMember = false;
    }

    /** False at the end of the stream. */
    private boolean header() throws IOException {
        if (!in.more()) {
            if (members == 0) {
                throw fault.malformed("its gzip stream is empty");
            }
            return false;
        }
        if (members > 0 && in.here().get(in.here().position()) == 0) {
            return zeros();
        }
        if (next() != 0x1f || next() != 0x8b || next() != 8) {
            throw fault.malformed("garbage follows its gzip stream");
        }
        int flags = next();
        if ((flags & 0xe0) != 0) {
            throw fault.malformed("its gzip header has reserved flags");
        }
        skip(6);
        if ((flags & FEXTRA) != 0) {
            skip((int) little(2));
        }
        for (int flag = FNAME; flag <= FCOMMENT; flag <<= 1) {
            for (int i = 0; (flags & flag) != 0 && next() != 0; i++) {
                if (i > MOST_HEADER) {
                    throw fault.excess("the name in its gzip header does not end");
                }
            }
        }
        if ((flags & FHCRC) != 0) {
            skip(2);
        }
        members++;
        decoder.reset();
        crc.reset();
        return inMember = true;
    }

    /** Tapes and some writers pad with zeros, which gzip(1) ignores. */
    private boolean zeros() throws IOException {
        for (int next = in.read(); next >= 0; next = in.read()) {
            if (next != 0) {
                throw fault.malformed("garbage follows its gzip stream");
            }
        }
        return false;
    }

    private long little(int bytes) throws IOException {
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value |= (long) next() << 8 * i;
        }
        return value;
    }

    private void skip(int bytes) throws IOException {
        for (int i = 0; i < bytes; i++) {
            next();
        }
    }

    private int next() throws IOException {
        int next = in.read();
        if (next < 0) {
            throw truncated();
        }
        return next;
    }

    @Override
    public void close() throws IOException {
        super.close();
        ended = true;
        decoder.close();
        in.close();
    }
}
