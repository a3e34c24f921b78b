package dev.caisson.network.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.network.overlay.Host.Inhabitant;
import dev.caisson.testkit.hosts.NetworkSpace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** What somebody at the switch hears of the first host's wire. */
final class Overheard {
    private static final String MARK = "in-plain-sight";
    /** Counts what passes: frames with the mark, frames to a port, frames to the third host. */
    private static final String LISTENER = """
            import select, socket, struct, sys
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            s.bind(('port1', 0))
            print('ready', flush=True)
            seen = {'mark': 0, 'third': 0}
            while True:
                ready, _, _ = select.select([s, sys.stdin], [], [])
                if s in ready:
                    frame = s.recv(65536)
                    seen['mark'] += b'in-plain-sight' in frame
                    if len(frame) > 41 and frame[12:14] == b'\\x08\\x00':
                        seen['third'] += frame[30:34] == bytes([192, 168, 77, 13])
                        if frame[23] == 17:
                            port = struct.unpack('>H', frame[36:38])[0]
                            seen[port] = seen.get(port, 0) + 1
                elif sys.stdin in ready:
                    break
            print(seen, flush=True)
            """;
    private static final int TRIES = 30;

    private Overheard() {}

    /** Of some work: {@code {'mark': 0, 'third': 0, 51820: 7}}. */
    static String during(NetworkSpace middle, Runnable work) {
        Process listener = null;
        try {
            listener = new ProcessBuilder(middle.command("python3", "-c", LISTENER)).redirectErrorStream(true).start();
            assertEquals('r', listener.getInputStream().read());
            work.run();
            Thread.sleep(200); // what is on its way
            listener.getOutputStream().close();
            return new String(listener.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            if (listener != null) {
                NetworkSpace.end(listener);
            }
        }
    }

    /** Says the mark to an address, so often that one comes through. @return whether it was heard there */
    static boolean said(Inhabitant from, Inhabitant to) {
        InetAddress any = new InetSocketAddress(0).getAddress();
        return to.space().in(() -> {
            try (DatagramSocket there = new DatagramSocket(9999, any)) {
                there.setSoTimeout(1000);
                for (int i = 0; i < TRIES; i++) {
                    say(from, to, MARK);
                    try {
                        DatagramPacket packet = new DatagramPacket(new byte[100], 100);
                        there.receive(packet);
                        return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8).equals(MARK);
                    } catch (SocketTimeoutException e) {
                        // again
                    }
                }
                return false;
            }
        });
    }

    /** A datagram to port 9999. */
    static void say(Inhabitant from, Inhabitant to, String what) {
        from.space().in(() -> {
            try (DatagramSocket here = new DatagramSocket()) {
                byte[] text = what.getBytes(StandardCharsets.UTF_8);
                here.send(new DatagramPacket(text, text.length, InetAddress.getByName(to.address()), 9999));
            }
            return null;
        });
    }
}
