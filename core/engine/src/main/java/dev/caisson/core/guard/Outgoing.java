package dev.caisson.core.guard;

import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Processes;
import dev.caisson.linux.Sockets;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** What is sent to a guard, as protocol.h draws it: a message is one record of its socket, and a plan goes along in a sealed memfd. */
final class Outgoing {
    private static final int MEMFD_FLAGS = Processes.MFD_ALLOW_SEALING | Processes.MFD_NOEXEC_SEAL;

    private Outgoing() {}

    /** @param fds numbers of those that go along, which stay the caller's */
    static void send(Fd socket, int type, int id, long a, long b, int... fds) {
        ByteBuffer message = ByteBuffer.allocate(GuardProtocol.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        message.putShort((short) type).putShort((short) 0).putInt(id).putLong(a).putLong(b).flip();
        Sockets.sendmsg(socket, message, fds);
    }

    /** A plan that nobody changes any more. @return the caller's */
    static Fd sealed(LaunchPlan plan) {
        Fd memfd = Processes.memfdCreate("caisson-plan", MEMFD_FLAGS);
        try {
            FileCalls.writeAll(memfd, plan.encode());
            Processes.seal(memfd);
            return memfd;
        } catch (RuntimeException e) {
            memfd.close();
            throw e;
        }
    }

    /** The plan's, then the others'. */
    static int[] numbers(Fd plan, List<Fd> others) {
        int[] numbers = new int[others.size() + 1];
        numbers[0] = plan.value();
        for (int i = 0; i < others.size(); i++) {
            numbers[i + 1] = others.get(i).value();
        }
        return numbers;
    }
}
