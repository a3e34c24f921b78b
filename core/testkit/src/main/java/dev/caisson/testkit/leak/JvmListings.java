package dev.caisson.testkit.leak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.Pipe;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** What this JVM holds. */
final class JvmListings {
    /** Opened by class loading, JNA or the JDK at some first use, and kept for the JVM's life. */
    private static final Pattern KEPT_DESCRIPTORS = Pattern.compile(
            ".*\\.(jar|so|class)([.\\d]*)( \\(deleted\\))?|.*/lib/modules|/dev/u?random|/proc/\\d+/fd|.*/jna\\d+\\.tmp( \\(deleted\\))?|.*/ffi[A-Za-z0-9]{6} \\(deleted\\)");

    private static final Pattern KEPT_THREADS = Pattern.compile("process reaper.*|process-\\w+-reaper.*|Common-Cleaner|ForkJoinPool\\.commonPool.*|JNA Cleaner|CompletableFutureDelayScheduler|Attach Listener"
            + "|VirtualThread-unblocker|ForkJoinPool-1-(worker-\\d+|delayScheduler)|Signal Dispatcher|SIG[A-Z0-9]+ handler|Finalizer|Reference Handler|Notification Thread|DestroyJavaVM|Keep-Alive-Timer|surefire.*|ping-.*|junit-jupiter-timeout-watcher");

    static {
        warmUp();
    }

    private JvmListings() {}

    /** A target of the link in /proc/self/fd names an object; the same object open twice counts twice. */
    static Map<String, String> descriptors() {
        Map<String, String> descriptors = new HashMap<>();
        for (Path descriptor : Proc.entries(Path.of("/proc/self/fd"))) {
            String target = Proc.link(descriptor);
            if (!target.isEmpty() && !KEPT_DESCRIPTORS.matcher(target).matches()) {
                Watch.putAgain(descriptors, target);
            }
        }
        return descriptors;
    }

    static Map<String, String> threads() {
        Map<String, String> threads = new HashMap<>();
        Thread.getAllStackTraces().forEach((thread, stack) -> {
            if (!KEPT_THREADS.matcher(thread.getName()).matches()) {
                threads.put(String.valueOf(thread.getId()), "\"" + thread.getName() + "\"" + (thread.isDaemon() ? " daemon" : "") + (stack.length == 0 ? "" : "  at " + stack[0]));
            }
        });
        return threads;
    }

    /** The JDK keeps a socket pair or an event descriptor from the first use of each of these on; that first use must lie before the first snapshot. */
    private static void warmUp() {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept();
                SocketChannel channel = SocketChannel.open();
                Selector selector = Selector.open()) {
            accepted.setTcpNoDelay(true);
            client.setTcpNoDelay(true);
            channel.configureBlocking(false).register(selector, 0);
            selector.selectNow();
            Pipe pipe = Pipe.open();
            pipe.source().close();
            pipe.sink().close();
        } catch (IOException e) {
            throw new UncheckedIOException("open and close one of each kind of channel", e);
        }
    }
}
