package dev.caisson.core.security.seccomp;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The i386 calls that programs may also make through {@code socketcall} and {@code ipc}, whose first argument says which one
 * (linux/net.h, linux/ipc.h). A rule for {@code bind} has to hold for {@code socketcall(SYS_BIND, …)} too.
 */
final class Multiplexed {
    /** One of them: the call that carries it and its number there. */
    record Carrier(String name, int call) {}

    private static final String SOCKETCALL = "socket bind connect listen accept getsockname getpeername socketpair send recv sendto recvfrom "
            + "shutdown setsockopt getsockopt sendmsg recvmsg accept4 recvmmsg sendmmsg";
    private static final Map<String, Carrier> CARRIERS = new HashMap<>();

    static {
        String[] sockets = SOCKETCALL.split(" ");
        for (int i = 0; i < sockets.length; i++) {
            CARRIERS.put(sockets[i], new Carrier("socketcall", i + 1));
        }
        ipc(1, "semop", "semget", "semctl", "semtimedop");
        ipc(11, "msgsnd", "msgrcv", "msgget", "msgctl");
        ipc(21, "shmat", "shmdt", "shmget", "shmctl");
    }

    private Multiplexed() {}

    private static void ipc(int first, String... names) {
        for (int i = 0; i < names.length; i++) {
            CARRIERS.put(names[i], new Carrier("ipc", first + i));
        }
    }

    static @Nullable Carrier of(Arch arch, String name) {
        return arch == Arch.I386 ? CARRIERS.get(name) : null;
    }
}
