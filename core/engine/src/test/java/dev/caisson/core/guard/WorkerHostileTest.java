package dev.caisson.core.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Sockets;
import dev.caisson.linux.SyscallException;
import dev.caisson.linux.Worker;
import dev.caisson.linux.Xattrs;
import dev.caisson.testkit.RequiresRoot;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Row 13, for the worker: what is not a call it knows, in the form it knows, is answered EPROTO, and nothing is done. */
@Tag("host")
@RequiresRoot
@Timeout(180)
class WorkerHostileTest {
    private static final int CALL_BYTES = 72;
    private static final int STATX = 332;
    private static final int KILL = 62;
    private static final int GIVES_NOTHING = 0;
    private static final int BYTES = NobodysWorker.BYTES;

    @TempDir
    Path directory;
    private NobodysWorker nobodys;

    @BeforeEach
    void start() throws Exception {
        nobodys = NobodysWorker.start();
    }

    @AfterEach
    void end() {
        nobodys.close();
    }

    private static ByteBuffer call(int number, int in, int out, byte[] kinds, long... values) {
        ByteBuffer call = ByteBuffer.allocateDirect(CALL_BYTES + in).order(ByteOrder.nativeOrder());
        call.putInt(number).putInt(GIVES_NOTHING).putInt(in).putInt(out).put(kinds).position(24);
        for (long value : values) {
            call.putLong(value);
        }
        return call.position(0).limit(CALL_BYTES + in);
    }

    private long send(ByteBuffer record, int... fds) {
        Sockets.sendmsg(nobodys.socket(), record, fds);
        return nobodys.answer();
    }

    private void assertItWorks() {
        // statx(AT_FDCWD, "", AT_EMPTY_PATH, …)
        assertEquals(0, send(call(STATX, 1, 256, new byte[] {0, 2, 0, 0, 3}, Fcntl.AT_FDCWD, 0, Fcntl.AT_EMPTY_PATH, 0xfff, 0)), "the control");
    }

    @Test
    void onlyCallsItKnows() {
        assertItWorks();
        for (int number = 0; number < 470; number++) {
            long answer = send(call(number, 1, 0, new byte[] {7}, -1, -1, -1, -1, -1, -1)); // no argument has this kind
            assertEquals(-71, answer, "system call " + number);
        }
        assertEquals(-71, send(call(KILL, 1, 0, new byte[0], 1, 0)), "kill(1, 0) is no file call");
        assertEquals(-71, send(call(0x7fffffff, 1, 0, new byte[0])));
        assertItWorks();
    }

    @Test
    void onlyWithinTheRecord() {
        byte[] in = {0, 2, 0, 0, 3};
        assertEquals(-71, send(call(STATX, 1, 256, in, Fcntl.AT_FDCWD, 1, 0, 0xfff, 0)), "a string beyond the record");
        assertEquals(-71, send(call(STATX, 1, 256, in, Fcntl.AT_FDCWD, 0, 0, 0xfff, 256)), "bytes beyond the answer");
        assertEquals(-71, send(call(STATX, 1, BYTES + 1, in, Fcntl.AT_FDCWD, 0, 0, 0xfff, 0)), "an answer too large");
        assertEquals(-71, send(call(STATX, 1, 256, new byte[] {1, 2, 0, 0, 3}, 0, 0, 0, 0xfff, 0)), "a descriptor that did not come");
        try (Fd one = FileCalls.open(directory, Fcntl.O_PATH, 0)) {
            assertEquals(-71, send(call(STATX, 1, 256, in, Fcntl.AT_FDCWD, 0, 0, 0xfff, 0), one.value()), "a descriptor too many");
        }
        ByteBuffer unterminated = call(STATX, 1, 256, in, Fcntl.AT_FDCWD, 0, 0, 0xfff, 0);
        unterminated.put(CALL_BYTES, (byte) 'x');
        assertEquals(-71, send(unterminated), "no zero at the end");
        assertEquals(-71, send(ByteBuffer.allocateDirect(3)), "a record too short");
        assertItWorks();
    }

    /** Any bytes whose number is none of a call. */
    @Test
    void anyRecord() {
        Random random = new Random(7);
        for (int i = 0; i < 5_000; i++) {
            byte[] bytes = new byte[4 + random.nextInt(300)];
            random.nextBytes(bytes);
            ByteBuffer record = ByteBuffer.allocateDirect(bytes.length).order(ByteOrder.nativeOrder()).put(bytes);
            record.putInt(0, random.nextInt() | 0x1000).position(0);
            assertEquals(-71, send(record));
        }
        assertItWorks();
    }

    /** The control: through the Java side it is another user, who sees the same files. */
    @Test
    void throughTheJavaSide() throws Exception {
        Files.writeString(directory.resolve("file"), "text");
        Path secret = Files.writeString(directory.resolve("secret"), "secret");
        assertEquals(0, new ProcessBuilder("sh", "-c", "chmod 755 " + directory + "; chmod 600 " + secret + "; chown 65534 " + directory.resolve("file")).start().waitFor());
        Worker worker = nobodys.worker();
        worker.inside(() -> {
            try (Fd here = FileCalls.open(directory, Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0); Fd file = FileCalls.openat(here, "file", Fcntl.O_RDONLY, 0)) {
                assertEquals(0, FileCalls.fstat(file).uid(), "its own ids");
                assertEquals(4, FileCalls.fstat(file).size());
                Xattrs.lsetxattr(here, "file", "user.seen", new byte[] {1, 2, 3}, 0);
                assertEquals(3, Xattrs.getxattr(file, "user.seen").orElseThrow().length);
                FileCalls.symlinkat("a/target", here, "link-" + "x".repeat(1));
                return null;
            } catch (SyscallException e) {
                assertTrue(e.is(Errno.EACCES) && e.call().equals("symlinkat"), e::toString); // the directory is root's
                return null;
            }
        });
        SyscallException refused = worker.inside(() -> org.junit.jupiter.api.Assertions.assertThrows(SyscallException.class, () -> FileCalls.open(secret, Fcntl.O_RDONLY, 0)));
        assertTrue(refused.is(Errno.EACCES), refused::toString);
        FileCalls.open(secret, Fcntl.O_RDONLY, 0).close();
        worker.close();
    }
}
