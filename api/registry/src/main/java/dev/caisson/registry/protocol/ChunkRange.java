package dev.caisson.registry.protocol;

import java.util.Optional;

/**
 * Where a chunk of an upload belongs (OCI distribution spec, "Pushing a blob in chunks": {@code ^[0-9]+-[0-9]+$}, without a unit; with one it is taken too).
 *
 * @param first byte, from 0
 * @param last inclusive
 */
public record ChunkRange(long first, long last) {
    /** @throws Fault if it cannot be read. @return empty if it is not said */
    public static Optional<ChunkRange> of(String header) {
        if (header.isEmpty()) {
            return Optional.empty();
        }
        String range = header.startsWith("bytes ") ? header.substring("bytes ".length()).replaceFirst("/(\\*|\\d+)$", "") : header;
        int dash = range.indexOf('-');
        String from = dash < 0 ? "" : range.substring(0, dash);
        String to = dash < 0 ? "" : range.substring(dash + 1);
        if (from.isEmpty() || to.isEmpty() || !ByteRange.digits(from) || !ByteRange.digits(to) || ByteRange.number(to) < ByteRange.number(from)
                || ByteRange.number(to) == Long.MAX_VALUE) {
            throw new Fault(Code.BLOB_UPLOAD_INVALID, "Content-Range of a chunk is FIRST-LAST");
        }
        return Optional.of(new ChunkRange(ByteRange.number(from), ByteRange.number(to)));
    }

    /** Bytes. */
    public long length() {
        return last - first + 1;
    }
}
