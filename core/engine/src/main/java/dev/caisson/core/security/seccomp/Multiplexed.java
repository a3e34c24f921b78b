package dev.caisson.core.security.seccomp;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

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
        Map.of("semop", 1, "semget", 2, "semctl", 3, "semtimedop", 4, "msgsnd", 11, "msgrcv", 12, "msgget", 13, "msgctl", 14)
                .forEach((name, call) -> CARRIERS.put(name, new Carrier("ipc", call)));
        Map.of("shmat", 21, "shmdt", 22, "shmget", 23, "shmctl", 24)
                .forEach((name, call) -> CARRIERS.put(name, new Carrier("ipc", call)));
    }

    private Multiplexed() {}

    static Optional<Carrier> of(Arch arch, String name) {
        return arch == Arch.I386 ? Optional.ofNullable(CARRIERS.get(name)) : Optional.empty();
    }
}
