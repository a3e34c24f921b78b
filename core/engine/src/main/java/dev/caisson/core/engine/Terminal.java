package dev.caisson.core.engine;

import dev.caisson.Stdin;
import dev.caisson.core.poll.Poller;
import dev.caisson.core.streams.InputWriter;
import dev.caisson.core.streams.OutputReader;
import dev.caisson.core.streams.Sink;
import dev.caisson.linux.Epoll;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Sockets;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The engine's end of a container's pseudo terminal. The terminal is made inside, on the container's own devpts, and its master comes back over a socket; all
 * its output counts as stdout.
 *
 * @param pipework descriptors 0 to 2 of the process are a null device until the terminal takes their place; the reader joins when the master arrives
 * @param theirs the socket's end for the child
 */
record Terminal(Pipework pipework, Fd theirs) {
    static Terminal open(LocalEngine engine, Outputs outputs, Stdin stdin) {
        Sockets.Pair pair = Sockets.socketpair(Sockets.SOCK_SEQPACKET);
        List<OutputReader> readers = new CopyOnWriteArrayList<>();
        new Arrival(engine, pair.first(), outputs, stdin, readers);
        List<Fd> nulls = List.of(nothing(engine), nothing(engine), nothing(engine));
        return new Terminal(new Pipework(nulls, readers), pair.second());
    }

    private static Fd nothing(LocalEngine engine) {
        return engine.nullDevice().open(Fcntl.O_RDWR);
    }

    /** Waits for the master, or for the child's end without one. */
    private static final class Arrival {
        private final Poller.Watch watch;

        Arrival(LocalEngine engine, Fd socket, Outputs outputs, Stdin stdin, List<OutputReader> readers) {
            Sink stdout = outputs.stdout();
            watch = engine.poller().watch(socket, Epoll.EPOLLIN, events -> {
                Sockets.Received message = Sockets.recvmsg(socket, ByteBuffer.allocateDirect(16));
                close(socket);
                outputs.stderr().end();
                if (message.fds().isEmpty()) {
                    stdout.end();
                    return;
                }
                Fd master = message.fds().get(0);
                if (!(stdin instanceof Stdin.None)) {
                    InputWriter.into(master.dup(), stdin, engine.workers());
                }
                OutputReader reader = new OutputReader(engine.poller(), engine.readBuffer(), master, stdout);
                readers.add(reader);
                if (outputs.log() != null) {
                    outputs.log().onResume(reader::resume);
                }
            });
        }

        private void close(Fd socket) {
            watch.close();
            socket.close();
        }
    }
}
