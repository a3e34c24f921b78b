package dev.caisson.registry.http;

import java.io.IOException;
import java.io.InputStream;

/** A request's body: so many bytes, or chunks (RFC 9112, 7.1). Ends where the body ends; the connection goes on behind it. */
final class Body extends InputStream {
    private static final int LONGEST_LINE = 256;
    private static final int MOST_TRAILERS = 4096;
    private static final int MOST_DIGITS = 15;

    /** What must be said before the client sends: {@code 100 Continue}. */
    interface Invitation {
        void send() throws IOException;
    }

    private final InputStream in;
    private final boolean chunked;
    private final Invitation invitation;
    private boolean invited;
    private boolean ended;
    private long left;

    /** @param length -1 for chunks */
    Body(InputStream in, long length, Invitation invitation) {
        this.in = in;
        this.chunked = length < 0;
        this.left = Math.max(0, length);
        this.ended = length == 0;
        this.invitation = invitation;
    }

    /** Whether all of it was read. */
    boolean ended() {
        return ended;
    }

    /** Whether the client was asked for it, or did not wait for that. */
    boolean begun() {
        return invited;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
        if (length == 0 || ended) {
            return length == 0 ? 0 : -1;
        }
        if (!invited) {
            invited = true;
            invitation.send();
            left = chunked ? chunk() : left;
        }
        if (ended) {
            return -1;
        }
        int n = in.read(into, from, (int) Math.min(length, left));
        if (n < 0) {
            throw new ClientGone("the body ended early", null);
        }
        left -= n;
        if (left == 0) {
            if (chunked) {
                end();
                left = chunk();
            } else {
                ended = true;
            }
        }
        return n;
    }

    /** The size of the next chunk; after the last one its trailers are passed over. */
    private long chunk() throws IOException {
        String line = line(LONGEST_LINE);
        int end = 0;
        while (end < line.length() && Character.digit(line.charAt(end), 16) >= 0 && line.charAt(end) < 0x80) {
            end++;
        }
        if (end == 0 || end > MOST_DIGITS || end < line.length() && line.charAt(end) != ';') {
            throw new BadRequest(400, "a chunk has no proper size");
        }
        long size = Long.parseLong(line.substring(0, end), 16);
        if (size == 0) {
            int trailers = 0;
            for (String trailer = line(MOST_TRAILERS); !trailer.isEmpty(); trailer = line(MOST_TRAILERS)) {
                trailers += trailer.length();
                if (trailers > MOST_TRAILERS) {
                    throw new BadRequest(431, "too many trailers");
                }
            }
            ended = true;
        }
        return size;
    }

    private void end() throws IOException {
        if (in.read() != '\r' || in.read() != '\n') {
            throw new BadRequest(400, "a chunk is longer than its size");
        }
    }

    private String line(int longest) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\r'; c = in.read()) {
            if (c < 0) {
                throw new ClientGone("the body ended early", null);
            }
            if (line.length() == longest || c < ' ' && c != '\t') {
                throw new BadRequest(400, "a chunk has no proper size");
            }
            line.append((char) c);
        }
        if (in.read() != '\n') {
            throw new BadRequest(400, "a carriage return without a line feed");
        }
        return line.toString();
    }
}
