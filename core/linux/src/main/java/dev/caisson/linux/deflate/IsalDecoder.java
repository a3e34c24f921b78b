package dev.caisson.linux.deflate;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.zip.DataFormatException;

/**
 * ISA-L's decoder (igzip_lib.h, ABI 2). It reads direct buffers and writes large direct ones where they lie. For others it has a piece of native memory, each part with room to
 * spare:
 *
 * <pre>
 * 0          struct inflate_state (87,368 bytes in 2.30), then a canary
 * IN         input of buffers on the heap, copied here
 * OUT        output for small buffers and those on the heap, handed out from here: what is decoded in small pieces is copied about by the library
 * </pre>
 */
final class IsalDecoder implements Decoder {
    // struct inflate_state: its leading fields, and the block state behind its two tables.
    private static final int NEXT_OUT = 0;
    private static final int AVAIL_OUT = 8;
    private static final int NEXT_IN = 16;
    private static final int AVAIL_IN = 32;
    /** Bits that were taken from the input and not used. */
    private static final int READ_IN_LENGTH = 36;
    private static final int BLOCK_STATE = 40 + (4 * 4096 + 2 * 1264) + (2 * 1024 + 2 * 80);
    private static final int BLOCK_FINISH = 5;

    private static final int STATE_ROOM = 192 << 10;
    private static final int CANARY_AT = 96 << 10;
    private static final long CANARY = 0x5ca1ab1e0ddba11L;
    private static final int IN = STATE_ROOM;
    private static final int IN_SIZE = 64 << 10;
    private static final int OUT = IN + IN_SIZE + 4096;
    private static final int OUT_SIZE = 256 << 10;
    /** A direct buffer with so much room is decoded into: each call copies the 32 KiB before it, which the stream may refer to. */
    private static final int LARGE = 64 << 10;
    private static final int SIZE = OUT + OUT_SIZE + 4096;

    private static final ByteBuffer NONE = ByteBuffer.allocate(0);

    private static final class Library {
        static {
            Native.register(Library.class, NativeLibrary.getInstance("libisal.so.2"));
        }

        // Direct mappings: a plain JNI call each.
        static native void isal_inflate_init(long state);

        static native void isal_inflate_reset(long state);

        static native int isal_inflate(long state);
    }

    /** Memory of closed ones, for the next: what is given back to the JVM comes free with a garbage collection only, and there is a decoder for each layer. */
    private static final ArrayBlockingQueue<ByteBuffer> FREE = new ArrayBlockingQueue<>(4);

    private final ByteBuffer memory = memory();
    private final long base = Pointer.nativeValue(Native.getDirectBufferPointer(memory));
    /** Input that was not given to the library yet. */
    private ByteBuffer source = NONE;
    /** Where the input is that it has been given, and how much it was; what it has taken of it is told by the library. */
    private long from;
    private int given;
    private int taken;
    /** Decoded and not handed out. */
    private int outAt;
    private int outEnd;
    /** The last call has ended for want of room, so it may go on without input. */
    private boolean full;
    private boolean ended;
    private boolean closed;
    private long written;

    IsalDecoder() {
        for (int at = CANARY_AT; at < STATE_ROOM; at += Long.BYTES) {
            memory.putLong(at, CANARY);
        }
        Library.isal_inflate_init(base);
    }

    private static ByteBuffer memory() {
        ByteBuffer free = FREE.poll();
        return free == null ? ByteBuffer.allocateDirect(SIZE).order(ByteOrder.nativeOrder()) : free;
    }

    @Override
    public synchronized void reset() {
        check();
        Library.isal_inflate_reset(base);
        Reference.reachabilityFence(this);
        source = NONE;
        given = taken = outAt = outEnd = 0;
        full = ended = false;
        written = 0;
    }

    @Override
    public synchronized void input(ByteBuffer input) {
        check();
        if (full || source.hasRemaining() || taken < given) {
            throw new IllegalStateException("input before what was given is decoded");
        }
        source = input.duplicate();
    }

    @Override
    public synchronized int decode(ByteBuffer into) throws DataFormatException {
        check();
        if (into.isReadOnly()) {
            throw new ReadOnlyBufferException();
        }
        int before = into.position();
        while (outAt == outEnd && into.position() == before) {
            if (ended || !into.hasRemaining() || !full && !source.hasRemaining() && taken == given) {
                return 0;
            }
            if (into.isDirect() && into.remaining() >= LARGE) {
                into.position(before + run(address(into), into.remaining()));
                Reference.reachabilityFence(into);
            } else {
                outAt = outEnd = 0; // what it fails by hands nothing out
                outEnd = run(base + OUT, OUT_SIZE);
            }
        }
        int n = Math.min(into.remaining(), outEnd - outAt);
        into.put(into.position(), memory, OUT + outAt, n).position(into.position() + n);
        outAt += n;
        written += into.position() - before;
        return into.position() - before;
    }

    /** @return how many bytes it has written there */
    private int run(long to, int size) throws DataFormatException {
        if (!full && taken == given) {
            // Only now: while it is full it may hold bytes of the input before, which it gives back at the end.
            take();
        }
        memory.putLong(NEXT_IN, from + taken).putInt(AVAIL_IN, given - taken);
        memory.putLong(NEXT_OUT, to).putInt(AVAIL_OUT, size);
        int result = Library.isal_inflate(base);
        Reference.reachabilityFence(this);
        if (result != 0) {
            // The counts are of no use then: the input left may even be less than none.
            taken = given;
            full = false;
            throw new DataFormatException(switch (result) {
                case -1 -> "invalid block";
                case -2 -> "invalid code";
                case -3 -> "invalid distance too far back";
                default -> "error " + result + " of ISA-L";
            });
        }
        int left = memory.getInt(AVAIL_IN);
        int room = memory.getInt(AVAIL_OUT);
        if (left < 0 || left > given - taken || room < 0 || room > size || memory.getLong(CANARY_AT) != CANARY) {
            throw new IllegalStateException("libisal.so.2 has another ABI: " + left + " of " + (given - taken) + " bytes left, room for " + room);
        }
        boolean idle = left == given - taken && room == size;
        taken = given - left;
        full = room == 0;
        ended = memory.getInt(BLOCK_STATE) == BLOCK_FINISH;
        if (idle && !ended && left > 0) {
            throw new IllegalStateException("libisal.so.2 does not go on");
        }
        return size - room;
    }

    /** The next input: all of a direct buffer, a part of another. */
    private void take() {
        taken = 0;
        if (source.isDirect()) {
            given = source.remaining();
            from = address(source);
            source.position(source.limit());
        } else {
            given = Math.min(IN_SIZE, source.remaining());
            from = base + IN;
            memory.put(IN, source, source.position(), given);
            source.position(source.position() + given);
        }
    }

    private static long address(ByteBuffer direct) {
        return Pointer.nativeValue(Native.getDirectBufferPointer(direct)) + direct.position();
    }

    @Override
    public synchronized boolean finished() {
        return ended && outAt == outEnd;
    }

    /** With the whole bytes that it has taken ahead, which are of this input: to see the end it has needed a bit of it. */
    @Override
    public synchronized int remaining() {
        check();
        return source.remaining() + given - taken + (ended ? memory.getInt(READ_IN_LENGTH) / Byte.SIZE : 0);
    }

    @Override
    public synchronized long written() {
        return written;
    }

    /** Who is decoding meanwhile, in another thread, is waited for: the memory is another's then. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            FREE.offer(memory);
        }
    }

    /** Where its memory is. */
    long place() {
        return base;
    }

    private void check() {
        if (closed) {
            throw new IllegalStateException("closed");
        }
    }
}
