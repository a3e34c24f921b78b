package dev.caisson.core.guard;

import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.launch.OpCode;
import dev.caisson.linux.Fd;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** One message of the guard, taken apart by the drawing in protocol.h. */
record Answer(Type type, int id, long a, long b, ByteBuffer rest, List<Fd> fds) {
    enum Type { GUARD, READY, STARTED, RUNNING, FAILED, EXITED, GONE, REFUSED, KEPT, TAKEN, HELD, FORGOTTEN, DETACHED, END }

    static final int FAILURE_BYTES = 272;

    /** A failed operation, as "CHILD 3 EXEC ENOENT-number path". */
    record Failure(int list, int op, int code, int step, int errno, String path) {
        Phase phase() {
            return Phase.values()[list];
        }

        boolean of(OpCode expected) {
            return code == expected.code();
        }
    }

    Failure failure() {
        return failure(0);
    }

    List<Failure> failures() {
        List<Failure> all = new ArrayList<>();
        for (int at = 0; at < rest.remaining(); at += FAILURE_BYTES) {
            all.add(failure(at));
        }
        return all;
    }

    private Failure failure(int at) {
        byte[] path = new byte[260];
        rest.get(at + 12, path);
        int end = 0;
        while (path[end] != 0) {
            end++;
        }
        return new Failure(rest.getShort(at), rest.getShort(at + 2), rest.getShort(at + 4), rest.getShort(at + 6), rest.getInt(at + 8),
                new String(path, 0, end, StandardCharsets.UTF_8));
    }

    /** The wait status of EXITED as a shell would give it: 128 + signal if one ended it. */
    int exit() {
        int status = rest.getInt(0);
        return (status & 0x7f) == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f);
    }

    List<String> reports() {
        List<String> all = new ArrayList<>();
        int at = 48;
        for (int i = rest.getInt(40); i > 0; i--) {
            byte[] bytes = new byte[rest.getShort(at + 2)];
            rest.get(at + 4, bytes);
            all.add(new String(bytes, StandardCharsets.UTF_8));
            at += 4 + (bytes.length + 3 & ~3);
        }
        return all;
    }
}
