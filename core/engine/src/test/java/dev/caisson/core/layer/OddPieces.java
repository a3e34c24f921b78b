package dev.caisson.core.layer;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** An archive in pieces of odd sizes, direct and on the heap, the same each time; one that was given back is scribbled over. */
final class OddPieces implements Pieces {
    private final byte[] archive;
    private final Random random;
    private int at;
    private @Nullable ByteBuffer before;

    OddPieces(byte[] archive) {
        this.archive = archive;
        this.random = new Random(Arrays.hashCode(archive));
    }

    @Override
    public @Nullable ByteBuffer next() {
        if (before != null) {
            before.clear();
            while (before.hasRemaining()) {
                before.put((byte) 0x5a);
            }
        }
        if (at == archive.length) {
            return null;
        }
        int most = switch (random.nextInt(4)) {
            case 0 -> 7;
            case 1 -> 512;
            default -> 100_000;
        };
        int length = Math.min(archive.length - at, 1 + random.nextInt(most));
        ByteBuffer piece = random.nextBoolean() ? ByteBuffer.allocateDirect(length) : ByteBuffer.allocate(length);
        piece.put(archive, at, length).flip();
        at += length;
        before = piece.duplicate();
        return piece;
    }
}
