package dev.caisson.network.slirp;

import dev.caisson.network.ports.PortHolder;
import dev.caisson.spi.network.AttachRequest.PortMapping;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** slirp4netns(1), which is told of ports once it runs. */
final class Slirp implements Carrier {
    @Override
    public String name() {
        return SlirpProvider.NAME;
    }

    /** A program of the host's that sends from 127.0.0.1 comes from the gateway's address, to which libslirp lets nothing go (--disable-host-loopback); it answers by one socket a container's port. */
    @Override
    public void check(String who, List<PortMapping> ports) {
        Set<Integer> seen = new HashSet<>();
        for (PortMapping port : ports) {
            if (port.protocol().equals("udp")) {
                String label = "port " + port.containerPort() + "/udp of " + who + " cannot be published ";
                SlirpDriver.refuse(this, port.hostAddress().startsWith("127."), label + "on " + port.hostAddress() + ", from where no answer would come,",
                        "publish on another address of the host's, or use networkHost()");
                SlirpDriver.refuse(this, !seen.add(port.containerPort()), label + "twice", "publish it once: port(0, " + port.containerPort() + ", Protocol.UDP) is on all addresses");
            }
        }
    }

    @Override
    public Carrying begin(Path program, int pid, Path scratch, List<PortMapping> ports, Runnable release) throws IOException {
        SlirpProcess process = SlirpProcess.start(program, pid, scratch);
        try {
            release.run();
            for (PortMapping port : ports) {
                String refused = SlirpProcess.publish(scratch, port);
                if (!refused.isEmpty()) {
                    throw new IOException("port " + port.hostPort() + "/" + port.protocol() + " cannot be published: " + refused + "; it is held by "
                            + PortHolder.of(port.hostPort(), port.protocol()));
                }
            }
            return process;
        } catch (IOException | RuntimeException e) {
            process.close();
            throw e;
        } finally {
            SlirpProcess.forget(scratch);
        }
    }
}
