package dev.caisson.core.layer;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * gzip (RFC 1952) with any number of members. The JDK's own stream looks at {@code available()} to decide whether another member follows and takes garbage
 * after the first for its end, so that one stream has two contents; here what follows a member is another member, zeros, or an error.
 */
final class GzipInput extends InputStream {
    private static final int FHCRC = 2;
    private static final int FEXTRA = 4;
    private static final int FNAME = 8;
    private static final int FCOMMENT = 16;
    private static final int MOST_HEADER = 1 << 20;

    private final InputStream in;
    private final Fault fault;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private final byte[] buffer = new byte[64 * 1024];
    private int at;
    private int limit;
    private boolean inMember;
    private boolean ended;
    private long members;

    GzipInput(InputStream in, Fault fault) {
        this.in = in;
        this.fault = fault;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (!ended) {
            if (!inMember && !header()) {
                ended = true;
                break;
            }
            int n = inflate(into, offset, length);
            if (n > 0) {
                crc.update(into, offset, n);
                return n;
            }
        }
        return -1;
    }

    private int inflate(byte[] into, int offset, int length) throws IOException {
        try {
            while (true) {
                int n = inflater.inflate(into, offset, length);
                if (n > 0) {
                    return n;
                }
                if (inflater.finished()) {
                    trailer();
                    return 0;
                }
                if (inflater.needsDictionary()) {
                    throw fault.malformed("its gzip stream asks for a dictionary");
                }
                if (at == limit && !fill()) {
                    throw fault.malformed("its gzip stream is truncated");
                }
                inflater.setInput(buffer, at, limit - at);
                at = limit;
            }
        } catch (DataFormatException e) {
            throw fault.malformed("its gzip stream is damaged: " + e.getMessage(), e);
        }
    }

    private void trailer() throws IOException {
        at = limit - inflater.getRemaining();
        long expected = little(4);
        long size = little(4);
        if (expected != crc.getValue() || size != (inflater.getBytesWritten() & 0xffffffffL)) {
            throw fault.malformed("the checksum of its gzip stream does not match");
        }
        inMember = false;
    }

    /** False at the end of the stream. */
    private boolean header() throws IOException {
        if (at == limit && !fill()) {
            if (members == 0) {
                throw fault.malformed("its gzip stream is empty");
            }
            return false;
        }
        if (members > 0 && buffer[at] == 0) {
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
        inflater.reset();
        crc.reset();
        return inMember = true;
    }

    /** Tapes and some writers pad with zeros, which gzip(1) ignores. */
    private boolean zeros() throws IOException {
        while (at < limit || fill()) {
            if (buffer[at++] != 0) {
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
        if (at == limit && !fill()) {
            throw fault.malformed("its gzip stream is truncated");
        }
        return buffer[at++] & 0xff;
    }

    private boolean fill() throws IOException {
        at = 0;
        limit = Math.max(0, in.read(buffer, 0, buffer.length));
        return limit > 0;
    }

    @Override
    public void close() throws IOException {
        ended = true;
        inflater.end();
        in.close();
    }
}
