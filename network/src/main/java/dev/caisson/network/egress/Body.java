package dev.caisson.network.egress;

import java.io.IOException;

/** How far the body of a request reaches: so many bytes, or chunks (RFC 9112 7.1) without trailers. */
final class Body {
    private static final long MOST = 1L << 50;

    private enum At { DATA, SIZE, EXTENSION, SIZE_END, DATA_CR, DATA_LF, LAST_CR, LAST_LF, OVER }

    private At at;
    private long left;
    private int digits;
    private boolean chunked;

    /** @param length as {@link Request#body} says */
    Body(long length) {
        chunked = length == Request.CHUNKED;
        left = chunked ? 0 : length;
        at = chunked ? At.SIZE : length == 0 ? At.OVER : At.DATA;
    }

    boolean over() {
        return at == At.OVER;
    }

    /** How many of these bytes belong to it. @throws IOException if chunks are malformed */
    int take(byte[] bytes, int offset, int length) throws IOException {
        int i = offset;
        int end = offset + length;
        while (i < end && at != At.OVER) {
            if (at == At.DATA) {
                int some = (int) Math.min(left, end - i);
                left -= some;
                i += some;
                at = left > 0 ? At.DATA : chunked ? At.DATA_CR : At.OVER;
            } else {
                frame(bytes[i++]);
            }
        }
        return i - offset;
    }

    private void frame(byte b) throws IOException {
        switch (at) {
            case SIZE -> size(b);
            case EXTENSION -> {
                require(b == '\r' || b >= ' ' && b < 127 || b == '\t');
                at = b == '\r' ? At.SIZE_END : At.EXTENSION;
            }
            case SIZE_END -> {
                require(b == '\n');
                digits = 0;
                at = left > 0 ? At.DATA : At.LAST_CR;
            }
            case DATA_CR -> at = next(b, '\r', At.DATA_LF);
            case DATA_LF -> at = next(b, '\n', At.SIZE);
            case LAST_CR -> at = next(b, '\r', At.LAST_LF); // a trailer would begin with something else
            case LAST_LF -> at = next(b, '\n', At.OVER);
            default -> throw new IllegalStateException(at.name());
        }
    }

    private void size(byte b) throws IOException {
        int digit = b < 0 ? -1 : Character.digit(b, 16);
        if (digit >= 0) {
            left = left * 16 + digit;
            require(++digits <= 15 && left <= MOST);
        } else {
            require(digits > 0 && (b == '\r' || b == ';'));
            at = b == '\r' ? At.SIZE_END : At.EXTENSION;
        }
    }

    private static At next(byte b, int wanted, At then) throws IOException {
        require(b == wanted);
        return then;
    }

    private static void require(boolean ok) throws IOException {
        if (!ok) {
            throw new IOException("the chunks of a request are malformed");
        }
    }
}
