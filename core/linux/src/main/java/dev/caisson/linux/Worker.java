package dev.caisson.linux;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Another process that makes system calls for threads of this one, because a JVM can neither enter a user namespace (setns(2): EINVAL with many threads) nor do
 * without one where it is no root. What a thread does {@linkplain #inside inside} is done there, as far as it makes mounts or names files: with the worker's
 * powers, in its mount namespace, and with the ids of its user namespace. Everything else, such as reading and writing, is done here: descriptors come and go by
 * SCM_RIGHTS, and are the same on both sides.
 *
 * <p>{@code worker.h} draws the protocol. Calls of several threads follow one another.
 *
 * <p>It may be killed by whoever it belongs to. Then another takes its place, and makes the call if that is known not to have been made, or changes nothing by being
 * made twice ({@link WorkerCalls#repeatable}). One that may have been made and must not be made twice fails, once, with the call {@value #CALL}.
 */
public final class Worker implements AutoCloseable {
    /** Kinds of arguments, as {@code enum worker_kind}. */
    static final int KIND_VALUE = 0;
    static final int KIND_FD = 1;
    static final int KIND_IN = 2;
    static final int KIND_OUT = 3;
    static final int KIND_FD_PATH = 4;

    static final int CALL_GIVES_FD = 1;
    static final int CALL_GIVES_LENGTH = 2;
    static final int CALL_BYTES = 72;
    static final int WORKER_BYTES = 81920;
    static final int WORKER_FDS = 6;

    /** What an exception names whose call was lost with the worker. */
    static final String CALL = "worker";
    /** Of the same call: something kills them as soon as they are there. */
    private static final int MOST_DEATHS = 5;

    private static final ThreadLocal<@Nullable Worker> OF_THREAD = new ThreadLocal<>();
    private static final String MAGIC_LINK = "/proc/self/fd/";
    private static final int TIMESPECS = 32;
    private static final int FSCONFIG_SET_PATH = 3;
    private static final int FSCONFIG_SET_FD = 5;
    private static final int ARGUMENTS = 6;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int CONTROL = Abi.CMSGHDR_SIZE + ((WORKER_FDS * 4 + 7) & ~7);
    private static final int IOVEC_AT = Abi.MSGHDR_SIZE;
    private static final int CONTROL_AT = IOVEC_AT + Abi.IOVEC_SIZE;
    private static final int RECORD_AT = CONTROL_AT + CONTROL;
    private static final int KINDS_AT = RECORD_AT + 16;
    private static final int VALUES_AT = RECORD_AT + 24;
    private static final int BYTES_AT = RECORD_AT + CALL_BYTES;
    private static final int ANSWER_BYTES = 8;

    private final Supplier<Fd> another;
    private final Users users;
    private Fd socket;
    private boolean dead;
    private boolean closed;
    private @Nullable Fd bench;
    private int numbers;
    /** Not the arena, in which the arguments lie. */
    private final ByteBuffer memory = ByteBuffer.allocateDirect(BYTES_AT + WORKER_BYTES).order(ByteOrder.nativeOrder());
    private final long base = Kernel.address(memory);
    private final int[] fds = new int[WORKER_FDS];
    private int fdCount;
    private int in;

    /**
     * @param socket SOCK_SEQPACKET to a process that serves calls, now this one's
     * @param another starts one that takes its place when it is dead, with the same powers over the same descriptors; the result is like {@code socket}
     * @param users whose files it can make
     */
    public Worker(Fd socket, Supplier<Fd> another, Users users) {
        this.socket = socket;
        this.another = another;
        this.users = users;
    }

    /**
     * Whose files it can make, for messages.
     *
     * @param has which users and groups there are
     * @param without why there is one of each alone; "" if there are more
     * @param remedy what brings more of them
     */
    public record Users(String has, String without, String remedy) {}

    /** Those of the worker that the calling thread is inside of. */
    public static Optional<Users> users() {
        return Optional.ofNullable(OF_THREAD.get()).map(w -> w.users);
    }

    /** That of the calling thread; null if it makes its calls itself. */
    static @Nullable Worker ofThread() {
        return OF_THREAD.get();
    }

    /** Whether the calling thread is inside one: then it is no root of the host. */
    public static boolean present() {
        return OF_THREAD.get() != null;
    }

    /** Does something whose mount and file calls are the worker's. What it starts on other threads is not. */
    public <T> T inside(Supplier<T> work) {
        Worker before = OF_THREAD.get();
        OF_THREAD.set(this);
        try {
            return work.get();
        } finally {
            if (before == null) {
                OF_THREAD.remove();
            } else {
                OF_THREAD.set(before);
            }
        }
    }

    /**
     * A directory in memory over the root of its mount namespace: mounts can be attached in it, and as paths are looked up from below it, none leads there. For
     * threads that are inside.
     */
    synchronized Fd bench() {
        Fd made = bench;
        if (made == null) {
            try (Fd fs = Mounts.fsopen("tmpfs"); Fd root = FileCalls.open("/", Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0)) {
                Mounts.fsconfigCreate(fs);
                made = Mounts.fsmount(fs, 0);
                Mounts.moveMount(made, root);
            }
            bench = made;
        }
        return made;
    }

    /** A name that nothing in it has. */
    synchronized String number() {
        return Integer.toString(numbers++);
    }

    /** A task for another thread that will be inside the worker the calling thread is inside of, if it is. */
    public static Runnable carried(Runnable task) {
        Worker here = OF_THREAD.get();
        return here == null ? task : () -> here.inside(() -> {
            task.run();
            return true;
        });
    }

    /** The call as the kernel answered it to the worker: a result or a negative error number. @throws SyscallException if the worker died over it */
    synchronized long call(String arguments, int number, long... values) {
        begin(number);
        int out = 0;
        long outTo = 0;
        boolean fixed = false;
        int argument = 0;
        for (int i = 0; i < arguments.length(); i++) {
            char letter = arguments.charAt(i);
            if (letter == '>') {
                memory.putInt(RECORD_AT + 4, CALL_GIVES_FD);
                continue;
            }
            long value = values[argument];
            switch (letter) {
                case 'd' -> descriptor(argument, value);
                case 'a' -> {
                    boolean file = values[1] == FSCONFIG_SET_PATH || values[1] == FSCONFIG_SET_FD;
                    descriptor(argument, file ? value : -1, value);
                }
                case 'p' -> path(argument, value);
                case 's' -> string(argument, value);
                case 'T' -> bytes(argument, value, TIMESPECS);
                case 'i' -> bytes(argument, value, (int) values[arguments.charAt(++i) - '0']);
                case 'o', 'X' -> {
                    fixed = letter == 'X';
                    out = fixed ? Abi.STATX_SIZE : (int) values[arguments.charAt(++i) - '0'];
                    outTo = value;
                    kind(argument, KIND_OUT, 0);
                }
                default -> kind(argument, KIND_VALUE, value);
            }
            argument++;
        }
        if (out > 0 && !fixed) {
            memory.putInt(RECORD_AT + 4, CALL_GIVES_LENGTH);
        }
        memory.put(BYTES_AT + in++, (byte) 0);
        memory.putInt(RECORD_AT + 8, in).putInt(RECORD_AT + 12, out);
        return exchange(WorkerCalls.repeatable(number, values), outTo, arguments.endsWith(">"));
    }

    private void begin(int number) {
        in = 0;
        fdCount = 0;
        for (int i = RECORD_AT; i < BYTES_AT; i += Long.BYTES) {
            memory.putLong(i, 0);
        }
        memory.putInt(RECORD_AT, number);
    }

    private void kind(int argument, int kind, long value) {
        memory.put(KINDS_AT + argument, (byte) kind);
        memory.putLong(VALUES_AT + argument * Long.BYTES, value);
    }

    private void descriptor(int argument, long number) {
        descriptor(argument, number, number);
    }

    private void descriptor(int argument, long number, long otherwise) {
        if (number < 0) {
            kind(argument, KIND_VALUE, otherwise); // AT_FDCWD
        } else {
            kind(argument, KIND_FD, 0);
            fds[fdCount++] = (int) number;
        }
    }

    private void string(int argument, long address) {
        if (address == 0) {
            kind(argument, KIND_VALUE, 0);
        } else {
            bytes(argument, new Pointer(address).getByteArray(0, length(address) + 1));
        }
    }

    private static int length(long address) {
        return (int) new Pointer(address).indexOf(0, (byte) 0);
    }

    /** The magic link of a descriptor of ours leads the worker to another file, if to any. */
    private void path(int argument, long address) {
        if (address == 0) {
            kind(argument, KIND_VALUE, 0);
            return;
        }
        byte[] path = new Pointer(address).getByteArray(0, length(address) + 1);
        int end = MAGIC_LINK.length();
        boolean magic = path.length > end && startsWithMagicLink(path) && digit(path[end]);
        if (!magic) {
            bytes(argument, path);
            return;
        }
        int number = 0;
        while (digit(path[end])) {
            number = number * 10 + path[end++] - '0';
        }
        byte[] rest = java.util.Arrays.copyOfRange(path, end, path.length);
        bytes(argument, rest);
        memory.put(KINDS_AT + argument, (byte) KIND_FD_PATH);
        fds[fdCount++] = number;
    }

    private static boolean startsWithMagicLink(byte[] path) {
        for (int i = 0; i < MAGIC_LINK.length(); i++) {
            if (path[i] != MAGIC_LINK.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean digit(byte character) {
        return character >= '0' && character <= '9';
    }

    private void bytes(int argument, long address, int size) {
        if (address == 0) {
            kind(argument, KIND_VALUE, 0);
        } else {
            bytes(argument, new Pointer(address).getByteArray(0, size));
        }
    }

    private void bytes(int argument, byte[] bytes) {
        if (in + bytes.length + Long.BYTES > WORKER_BYTES) {
            throw new IllegalArgumentException("a system call for the worker needs more than " + WORKER_BYTES + " bytes");
        }
        kind(argument, KIND_IN, in);
        memory.put(BYTES_AT + in, bytes);
        in = in + bytes.length + 7 & ~7; // structures are aligned
    }

    private long exchange(boolean repeatable, long outTo, boolean givesFd) {
        for (int deaths = 0; deaths < MOST_DEATHS; deaths++) {
            if (closed) {
                throw new SyscallException(CALL, "caisson-worker", Errno.EPIPE, "the engine is closed");
            }
            if (dead) {
                replace();
            }
            long sent = send();
            long received = sent < 0 ? sent : receive();
            if (received >= ANSWER_BYTES) {
                return answer(received, outTo, givesFd);
            }
            dead = true;
            boolean unread = sent < 0 || received == -Errno.ECONNRESET; // unix(7): its end was closed with the call still in it
            if (!unread && !repeatable) {
                throw new SyscallException(CALL, "caisson-worker", Errno.EPIPE, "it was killed while it made a call, which may have been made or not; another takes its place");
            }
        }
        throw new SyscallException(CALL, "caisson-worker", Errno.EPIPE, "it and " + (MOST_DEATHS - 1) + " others were killed while they made one call");
    }

    /** By a thread of its own: this one's scratch memory holds what the call's answer goes to, and its calls would be the dead worker's. */
    private void replace() {
        try {
            Fd fresh = CompletableFuture.supplyAsync(another, task -> new Thread(task, "caisson-worker-start").start()).join();
            socket.close();
            socket = fresh;
            dead = false;
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : e;
        }
    }

    private long send() {
        header(CALL_BYTES + in, fdCount == 0 ? 0 : CONTROL);
        memory.putLong(CONTROL_AT, Abi.CMSGHDR_SIZE + fdCount * 4L).putInt(CONTROL_AT + 8, SOL_SOCKET).putInt(CONTROL_AT + 12, SCM_RIGHTS);
        for (int i = 0; i < fdCount; i++) {
            memory.putInt(CONTROL_AT + Abi.CMSGHDR_SIZE + i * 4, fds[i]);
        }
        if (fdCount > 0) {
            memory.putLong(Abi.MSGHDR_CONTROLLEN, Abi.CMSGHDR_SIZE + ((fdCount * 4L + 7) & ~7));
        }
        long sent = Kernel.here(Nr.SENDMSG, socket.value(), base, MSG_NOSIGNAL, 0, 0, 0);
        if (sent < 0 && sent != -Errno.EPIPE && sent != -Errno.ECONNRESET && sent != -Errno.ENOTCONN) {
            throw new SyscallException("sendmsg", "caisson-worker", (int) -sent); // of a descriptor that is none, or of memory
        }
        return sent;
    }

    private long receive() {
        header(CALL_BYTES + WORKER_BYTES, CONTROL);
        return Kernel.here(Nr.RECVMSG, socket.value(), base, MSG_CMSG_CLOEXEC, 0, 0, 0);
    }

    private long answer(long received, long outTo, boolean givesFd) {
        long result = memory.getLong(RECORD_AT);
        int more = (int) received - ANSWER_BYTES;
        if (more > 0) {
            byte[] bytes = new byte[more];
            memory.get(RECORD_AT + ANSWER_BYTES, bytes);
            new Pointer(outTo).write(0, bytes, 0, more);
        }
        if (result < 0 || !givesFd) {
            return result;
        }
        boolean carries = memory.getLong(Abi.MSGHDR_CONTROLLEN) >= Abi.CMSGHDR_SIZE + 4;
        return carries ? memory.getInt(CONTROL_AT + Abi.CMSGHDR_SIZE) : -Errno.EMFILE; // no number of ours was free for it
    }

    private void header(int bytes, int control) {
        for (int i = 0; i < IOVEC_AT; i += Long.BYTES) {
            memory.putLong(i, 0);
        }
        memory.putLong(IOVEC_AT, base + RECORD_AT).putLong(IOVEC_AT + 8, bytes);
        memory.putLong(Abi.MSGHDR_IOV, base + IOVEC_AT).putLong(Abi.MSGHDR_IOVLEN, 1);
        if (control > 0) {
            memory.putLong(Abi.MSGHDR_CONTROL, base + CONTROL_AT).putLong(Abi.MSGHDR_CONTROLLEN, control);
        }
    }

    /** Ends the worker. */
    @Override
    public synchronized void close() {
        closed = true;
        if (bench != null) {
            bench.close();
        }
        socket.close();
    }
}
