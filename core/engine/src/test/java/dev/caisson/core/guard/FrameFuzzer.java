package dev.caisson.core.guard;

import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Mounts;
import dev.caisson.linux.Sockets;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Frames that nobody in his senses sends. Plans are mutated from the corpus in the test's resources: real ones, and whatever once broke a guard. A mutated plan keeps
 * its namespaces, so that what it then does is done to nobody else, and finds nothing but an empty file system, null devices and pipes.
 */
final class FrameFuzzer implements AutoCloseable {
    private static final int CONTINUE = 7;
    /** NEWNS, NEWUTS, NEWIPC, NEWPID, NEWNET. */
    private static final long APART = 0x6c020000L;
    private static final int CLONE_FLAGS = 16;
    private static final int FDS = 28;
    private static final int FIRST = 32;
    /** Slots of received descriptors in the plans of the corpus. */
    private static final int ROOT = 3;
    private static final int MOST_RUNNING = 8;
    private static final int NEVER_LIVE = 99;
    private static final long[] NUMBERS = {0, 1, 2, 9, 15, 64, 65, 0x8000, 0x803f, 0x8040, -1, 1L << 63};

    private final GuardUnderTest guard;
    private final Random random;
    private final List<byte[]> corpus = new ArrayList<>();
    private final Fd nothing = FileCalls.open(Path.of("/dev/null"), Fcntl.O_RDWR, 0);
    private final Deque<Integer> running = new ArrayDeque<>();
    private final Map<Answer.Type, Integer> answers = new EnumMap<>(Answer.Type.class);
    private final ByteBuffer in = ByteBuffer.allocateDirect(65536).order(ByteOrder.LITTLE_ENDIAN);
    private int frames;
    private int lastId = 1_000_000;

    FrameFuzzer(GuardUnderTest guard, long seed) throws IOException, URISyntaxException {
        this.guard = guard;
        this.random = new Random(seed);
        try (var files = Files.list(Path.of(FrameFuzzer.class.getResource("corpus").toURI()))) {
            for (Path file : files.sorted().toList()) {
                corpus.add(Files.readAllBytes(file));
            }
        }
    }

    /** Sends one, and reads what has been answered. */
    void frame() {
        frames++;
        switch (random.nextInt(8)) {
            case 0, 1 -> {
                byte[] garbage = new byte[List.of(1, 23, 24, 25, 4000).get(random.nextInt(5))];
                random.nextBytes(garbage);
                send(garbage, List.of(0, 0, 1, 2, 250).get(random.nextInt(5)));
            }
            case 2, 3, 4, 5 -> send(header(random.nextInt(26), id()), List.of(0, 0, 0, 1, 2, 64, 65).get(random.nextInt(7)));
            default -> plan();
        }
        while (running.size() > MOST_RUNNING) {
            end(running.peek());
        }
        while (receive(false)) {
            // on
        }
    }

    /** Ends what still runs and hears it out. */
    void settle() {
        while (!running.isEmpty()) {
            end(running.peek());
        }
    }

    /** Whether frames got to the ends there are: otherwise it is no test. */
    boolean reachedEverything() {
        return answers.keySet().containsAll(List.of(Answer.Type.STARTED, Answer.Type.FAILED, Answer.Type.GONE, Answer.Type.REFUSED, Answer.Type.EXITED));
    }

    private void plan() {
        byte[] plan = mutate(corpus.get(random.nextInt(corpus.size())).clone());
        boolean rest = !running.isEmpty() && random.nextInt(4) == 0;
        int type = rest ? CONTINUE : random.nextInt(20) == 0 ? GuardUnderTest.FAREWELL : GuardUnderTest.LAUNCH;
        int id = rest ? running.peekLast() : ++lastId;
        ByteBuffer fields = ByteBuffer.wrap(plan).order(ByteOrder.LITTLE_ENDIAN);
        boolean whole = plan.length >= 64;
        if (whole && type == GuardUnderTest.LAUNCH) {
            fields.putLong(CLONE_FLAGS, fields.getLong(CLONE_FLAGS) | APART);
        }
        int count = random.nextInt(20) == 0 || !whole ? random.nextInt(6) : Math.min(64, Integer.remainderUnsigned(fields.getInt(FDS), 100));
        int first = whole ? fields.getInt(FIRST) : 0;
        try (Fd memfd = GuardUnderTest.sealed(ByteBuffer.wrap(plan)); Fd root = random.nextInt(3) > 0 ? emptyFileSystem() : nothing.dup()) {
            Fd[] fds = new Fd[type == GuardUnderTest.FAREWELL ? 1 : count + 1];
            fds[0] = memfd;
            for (int i = 1; i < fds.length; i++) {
                fds[i] = first + i - 1 == ROOT ? root : nothing;
            }
            guard.send(type, id, 0, 0, fds);
        }
        if (type == GuardUnderTest.LAUNCH) {
            running.add(id);
        }
    }

    private static Fd emptyFileSystem() {
        try (Fd fs = Mounts.fsopen("tmpfs")) {
            Mounts.fsconfigString(fs, "size", "64k");
            Mounts.fsconfigCreate(fs);
            return Mounts.fsmount(fs, 0);
        }
    }

    private byte[] mutate(byte[] plan) {
        for (int n = random.nextInt(4); n > 0; n--) {
            plan[random.nextInt(random.nextBoolean() ? plan.length : Math.min(plan.length, 400))] = (byte) (random.nextBoolean() ? random.nextInt(256) : random.nextBoolean() ? -1 : 0);
        }
        return random.nextInt(10) == 0 ? Arrays.copyOf(plan, 1 + random.nextInt(plan.length)) : plan;
    }

    private int id() {
        return running.isEmpty() || random.nextBoolean() ? 100 + random.nextInt(50) : running.peekLast();
    }

    private byte[] header(int type, int id) {
        int not = type == GuardUnderTest.SHUTDOWN ? GuardUnderTest.GO : type;
        return ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN).putShort((short) not).putShort((short) random.nextInt()).putInt(not == GuardUnderTest.LAUNCH ? NEVER_LIVE : id).putLong(NUMBERS[random.nextInt(NUMBERS.length)])
                .putLong(NUMBERS[random.nextInt(NUMBERS.length)]).array();
    }

    private void send(byte[] bytes, int fds) {
        if (bytes.length == 24 && ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getShort(0) == GuardUnderTest.SHUTDOWN) {
            return;
        }
        int[] numbers = new int[fds];
        Arrays.fill(numbers, nothing.value());
        Sockets.sendmsg(guard.socket, ByteBuffer.allocateDirect(bytes.length).put(bytes).flip(), numbers);
    }

    /** Kills a launch and waits until it is gone. */
    private void end(int id) {
        while (running.contains(id)) {
            guard.send(GuardUnderTest.SIGNAL, id, 9, GuardUnderTest.TREE);
            receive(true);
            while (receive(false)) {
                // on
            }
        }
    }

    private boolean receive(boolean wait) {
        in.clear();
        Sockets.Received received;
        try {
            received = wait ? Sockets.recvmsg(guard.socket, in) : Sockets.recvmsgNow(guard.socket, in);
        } catch (SyscallException e) {
            if (e.is(Errno.EAGAIN)) {
                return false;
            }
            throw new AssertionError("the guard is gone after " + this, e);
        }
        received.fds().forEach(Fd::close);
        if (received.length() == 0) {
            throw new AssertionError("the guard died after " + this);
        }
        Answer.Type type = Answer.Type.values()[in.getShort(0) - 16];
        int id = in.getInt(4);
        answers.merge(type, 1, Integer::sum);
        if (type == Answer.Type.GONE || type == Answer.Type.REFUSED && in.getLong(16) == GuardUnderTest.LAUNCH) {
            running.remove((Integer) id);
        }
        return true;
    }

    @Override
    public String toString() {
        return frames + " frames: " + answers;
    }

    @Override
    public void close() {
        nothing.close();
    }
}
