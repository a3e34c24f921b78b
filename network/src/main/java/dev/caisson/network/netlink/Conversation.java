package dev.caisson.network.netlink;

import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Netlink;
import dev.caisson.linux.SyscallException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Requests to one family of the kernel, and its answers. Stays in the network namespace it was opened in, and keeps that alive. Thread-safe. */
public final class Conversation implements AutoCloseable {
    private static final int DUMP_ATTEMPTS = 5;

    private final Netlink socket;
    private int sequence;

    private Conversation(Netlink socket) {
        this.socket = socket;
    }

    /** Opens one in the network namespace of the calling thread. @param family {@code Netlink.NETLINK_…} */
    public static Conversation open(int family) {
        Netlink socket = Netlink.open(family);
        try {
            socket.option(Netlink.NETLINK_EXT_ACK, 1);
            return new Conversation(socket);
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Sends the requests in one datagram and waits for the acknowledgement of each; all of them are carried out up to the first that fails.
     *
     * @throws NetlinkRefusal for the first that failed
     */
    public synchronized void request(List<Message> messages, boolean stopAtFirst) {
        int first = sequence + 1;
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        int last = first - 1;
        for (Message m : messages) {
            all.writeBytes(m.encode(++sequence));
            last = m.wantsAck() ? sequence : last;
        }
        socket.send(ByteBuffer.wrap(all.toByteArray()));
        NetlinkRefusal refusal = null;
        int seen = first - 1;
        while (seen < last) {
            for (Answer answer : Answer.parse(socket.receive())) {
                int number = answer.sequence();
                if (!answer.isStatus() || number < first || number > last) {
                    continue; // of an earlier request
                }
                seen = Math.max(seen, number);
                if (answer.errno() != 0 && refusal == null) {
                    refusal = new NetlinkRefusal(messages.get(number - first).about(), answer.errno(), answer.words());
                }
            }
            if (refusal != null && stopAtFirst) {
                break; // the kernel answers no more of a batch it gave up
            }
        }
        if (refusal != null) {
            throw refusal;
        }
    }

    /** Sends each request on its own, in order; each must ask for an acknowledgement. */
    public synchronized void all(List<Message> messages) {
        messages.forEach(m -> request(List.of(m), false));
    }

    /** Sends requests that build on each other in one datagram. @throws NetlinkRefusal for the first that failed; it is why those after it did */
    public void together(List<Message> messages) {
        if (!messages.isEmpty()) { // an empty datagram is an error (ENODATA)
            request(messages, false);
        }
    }

    /** One request. */
    public void one(Message message) {
        all(List.of(message));
    }

    /** All objects of a list; asked again when they changed meanwhile (NLM_F_DUMP_INTR). */
    public synchronized List<Answer> dump(java.util.function.Supplier<Message> request) {
        for (int attempt = 1;; attempt++) {
            Message message = request.get();
            List<Answer> found = new ArrayList<>();
            if (!interrupted(message, found) || attempt == DUMP_ATTEMPTS) {
                return found;
            }
        }
    }

    private boolean interrupted(Message message, List<Answer> found) {
        int mine = ++sequence;
        socket.send(ByteBuffer.wrap(message.encode(mine)));
        boolean interrupted = false;
        while (true) {
            for (Answer answer : Answer.parse(datagram(message))) {
                if (answer.sequence() != mine) {
                    continue;
                }
                interrupted |= answer.isInterrupted();
                if (answer.isStatus() || answer.isDone()) {
                    if (answer.errno() != 0) {
                        throw new NetlinkRefusal(message.about(), answer.errno(), answer.words());
                    }
                    return interrupted;
                }
                found.add(answer);
                if (!answer.isMulti()) {
                    return interrupted;
                }
            }
        }
    }

    private byte[] datagram(Message message) {
        try {
            return socket.receive();
        } catch (SyscallException e) {
            if (e.is(Errno.ENOBUFS)) {
                throw new NetlinkRefusal(message.about(), Errno.ENOBUFS, "answers were lost");
            }
            throw e;
        }
    }

    /** Its socket once more, the caller's: what belongs to the socket lives as long as one of the two. */
    public Fd copy() {
        return socket.fd().dup();
    }

    @Override
    public void close() {
        socket.close();
    }
}
