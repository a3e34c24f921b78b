package dev.caisson.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caisson.core.guard.Guard;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.poll.Poller;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Processes;
import dev.caisson.linux.Sockets;
import dev.caisson.linux.SyscallException;
import dev.caisson.spi.network.Survivor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What drivers leave with the guard is sent on their sockets, and on no others, whatever went wrong before. */
@Tag("host")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LastMessagesTest {
    private static final LaunchPlan NOTHING = new LaunchPlan.Builder().build();

    private boolean full;

    private LaunchPlan farewell() {
        if (full) {
            throw new SyscallException("memfd_create", "caisson-plan", Errno.EMFILE);
        }
        return NOTHING;
    }

    /** All that came, as text. */
    private static List<String> came(Fd socket) {
        List<String> all = new ArrayList<>();
        while (true) {
            ByteBuffer in = ByteBuffer.allocateDirect(100);
            try {
                if (Sockets.recvmsgNow(socket, in).length() == 0) {
                    return all;
                }
            } catch (SyscallException e) {
                return all;
            }
            all.add(StandardCharsets.UTF_8.decode(in.flip()).toString());
        }
    }

    private static Survivor.Sending sending(Sockets.Pair pair, String message) {
        return new Survivor.Sending(pair.first().value(), message.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aPlaceIsFreeWhenTheGuardHasGivenItBack() {
        Sockets.Pair one = Sockets.socketpair(Sockets.SOCK_SEQPACKET);
        Sockets.Pair two = Sockets.socketpair(Sockets.SOCK_SEQPACKET);
        Sockets.Pair three = Sockets.socketpair(Sockets.SOCK_SEQPACKET);
        try (Poller poller = new Poller("messages-test"); Fd lock = Processes.memfdCreate("lock", 0)) {
            Guard guard = Guard.start(poller, lock, List.of(), NOTHING, Optional.empty());
            try (guard) {
                LastMessages messages = new LastMessages(() -> guard, this::farewell);
                messages.tell(guard);
                Survivor.Left first = messages.leave(List.of(sending(one, "first")));
                full = true;
                assertThrows(SyscallException.class, first::close);
                assertThrows(SyscallException.class, () -> messages.leave(List.of(sending(two, "never"))));
                full = false;
                messages.leave(List.of(sending(two, "second")));
                messages.leave(List.of(sending(three, "third"))).close();
                first.close();
            }
            assertEquals(List.of(List.of(), List.of("second"), List.of()), List.of(came(one.second()), came(two.second()), came(three.second())));
        }
        for (Sockets.Pair pair : List.of(one, two, three)) {
            pair.first().close();
            pair.second().close();
        }
    }
}
