package dev.caisson.spi.network;

import java.util.List;

/**
 * Who is still there when this JVM is gone, however it ended: sends prepared netlink messages then. The process that sends them is process 1 of its PID namespace, and in the network
 * namespace of this JVM.
 */
public interface Survivor {
    /**
     * One message.
     *
     * @param socket a netlink socket of the sender's choice, which stays the caller's
     * @param message complete, without a wish for an answer: nobody reads it
     */
    record Sending(int socket, byte[] message) {}

    /** What was left with the survivor; closed, it will not be sent any more. */
    interface Left extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Leaves messages that are sent in this order, each whatever became of the others. Known to the survivor when this returns.
     *
     * @param sendings at least one
     * @return to be closed when they are not to be sent any more
     * @throws dev.caisson.EngineProblem if there is nobody, or no more can be left
     */
    Left leave(List<Sending> sendings);
}
