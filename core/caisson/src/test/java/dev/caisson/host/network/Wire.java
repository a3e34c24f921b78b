package dev.caisson.host.network;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Another host on a wire of its own: a network namespace without a name, held by a process, with addresses of both families. */
final class Wire implements AutoCloseable {
    static final String HERE = "198.51.100.1";
    static final String THERE = "198.51.100.2";
    static final String HERE6 = "2001:db8:1::1";
    static final String THERE6 = "2001:db8:1::2";

    private final Process holder;

    Wire() throws IOException {
        holder = new ProcessBuilder("unshare", "--net", "sh", "-c", "echo ready; exec sleep 600").start();
        if (holder.getInputStream().read() != 'r') {
            throw new IOException("no network namespace was made");
        }
        NetworkTest.output("ip", "link", "add", "wire0", "type", "veth", "peer", "name", "wire1", "netns", "" + holder.pid());
        NetworkTest.output("ip", "addr", "add", HERE + "/24", "dev", "wire0");
        NetworkTest.output("ip", "addr", "add", HERE6 + "/64", "dev", "wire0", "nodad");
        NetworkTest.output("ip", "link", "set", "wire0", "up");
        there("ip", "addr", "add", THERE + "/24", "dev", "wire1");
        there("ip", "addr", "add", THERE6 + "/64", "dev", "wire1", "nodad");
        there("ip", "link", "set", "wire1", "up");
        there("ip", "link", "set", "lo", "up");
    }

    /** A program's output over there. */
    String there(String... words) {
        List<String> all = new ArrayList<>(List.of("nsenter", "--net", "--target", "" + holder.pid()));
        all.addAll(List.of(words));
        return NetworkTest.output(all.toArray(String[]::new));
    }

    /** A program that runs over there until it is destroyed. */
    Process start(Path directory, String... words) throws IOException {
        List<String> all = new ArrayList<>(List.of("nsenter", "--net", "--target", "" + holder.pid()));
        all.addAll(List.of(words));
        return new ProcessBuilder(all).directory(directory.toFile()).redirectErrorStream(true).start();
    }

    @Override
    public void close() {
        NetworkTest.output("ip", "link", "del", "wire0");
        holder.destroyForcibly().onExit().join();
    }
}
