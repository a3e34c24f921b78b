package dev.caisson.core.engine;

import dev.caisson.Stdin;
import dev.caisson.core.poll.Poller;
import dev.caisson.core.streams.InputPort;
import dev.caisson.core.streams.InputWriter;
import dev.caisson.core.streams.OutputReader;
import dev.caisson.core.streams.Sink;
import dev.caisson.linux.Epoll;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Pipes;
import dev.caisson.linux.Sockets;
import dev.caisson.linux.SyscallException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The engine's end of a pseudo terminal. The terminal is made inside, on the container's own devpts, and its master comes back over a socket; all
 * its output counts as stdout.
 *
 * @param pipework descriptors 0 to 2 of the process are a null device until the terminal takes their place; the reader joins when the master arrives
 * @param theirs the socket's end for the child
 */
record Terminal(Pipework pipework, Fd theirs) {
    static Terminal open(LocalEngine engine, Stdin stdin, Sink stdout, Sink stderr) {
        Console console = new Console(true, stdin instanceof Stdin.Open, stdout, stderr);
        List<Fd> nothing = new ArrayList<>();
        List<Fd> ends = new ArrayList<>();
        try {
            for (int stream = 0; stream < 3; stream++) {
                nothing.add(nothing(engine));
            }
            Sockets.Pair pair = Sockets.socketpair(Sockets.SOCK_SEQPACKET);
            ends.addAll(List.of(pair.first(), pair.second()));
            new Arrival(engine, pair.first(), stdin, console);
            return new Terminal(new Pipework(List.copyOf(nothing), console), pair.second());
        } catch (RuntimeException e) { // there are no more descriptors, perhaps
            nothing.forEach(Fd::close);
            ends.forEach(Fd::close);
            throw e;
        }
    }

    private static Fd nothing(LocalEngine engine) {
        return engine.nullDevice().open(Fcntl.O_RDWR);
    }

    /** Waits for the master, or for the child's end without one. */
    private static final class Arrival {
        private final Fd socket;
        private final Poller.Watch watch;

        Arrival(LocalEngine engine, Fd socket, Stdin stdin, Console console) {
            this.socket = socket;
            Pipes.nonBlocking(socket, true);
            watch = engine.poller().watch(socket, Epoll.EPOLLIN, events -> look(engine, stdin, console));
            console.beforeTheEnd(() -> look(engine, stdin, console)); // of who ends at once, the end may be heard of first
        }

        /** On the poller thread. */
        private void look(LocalEngine engine, Stdin stdin, Console console) {
            if (!socket.isOpen()) {
                return;
            }
            Sockets.Received message;
            try {
                message = Sockets.recvmsg(socket, ByteBuffer.allocateDirect(16));
            } catch (SyscallException nothingYet) {
                return;
            }
            watch.close();
            socket.close();
            console.err().end();
            if (message.fds().isEmpty()) {
                console.out().end();
                console.input(null);
                return;
            }
            arrived(engine, message.fds().get(0), stdin, console);
        }

        private static void arrived(LocalEngine engine, Fd master, Stdin stdin, Console console) {
            InputPort port = new InputPort(engine.poller(), master.dup());
            console.reads(console.out(), new OutputReader(engine.poller(), engine.readBuffer(), master, console.out(), true));
            InputWriter.into(port, stdin, engine.workers());
            console.input(port);
        }
    }
}
