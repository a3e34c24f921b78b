package dev.caisson.core.engine;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Sockets;
import dev.caisson.linux.SyscallException;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.Held;
import dev.caisson.spi.network.NamespaceRef;
import dev.caisson.spi.network.Network;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkSpec;
import java.nio.ByteBuffer;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The place on a network of a container that was taken over: it is there, by what its guard holds, and can be given up. Its driver was that of an engine that is gone. */
final class HeldPlace implements NetworkDriver {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.network");

    private final String name;
    private final List<Held.Undo> undo;
    private final List<Fd> descriptors;

    /** @param descriptors closed with this */
    HeldPlace(String name, List<Held.Undo> undo, List<Fd> descriptors) {
        this.name = name;
        this.undo = undo;
        this.descriptors = List.copyOf(descriptors);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public NamespaceKind namespace() {
        return name.equals("host") ? NamespaceKind.HOST : NamespaceKind.PRIVATE;
    }

    private static NetworkProblem gone() {
        return new NetworkProblem(Stage.NETWORK, "the network is that of an engine that is gone", "make one with engine.networks().create(…)");
    }

    @Override
    public Network create(NetworkSpec spec) {
        throw gone();
    }

    @Override
    public void remove(Network network) {
        throw gone();
    }

    @Override
    public Attachment attach(AttachRequest request, NamespaceRef namespace) {
        throw gone();
    }

    /** What is not there any more is no error, and not answered. */
    @Override
    public void detach(Attachment attachment) {
        for (int i = 0; i < Math.min(undo.size(), descriptors.size()); i++) {
            for (byte[] message : undo.get(i).netlink()) {
                try {
                    Sockets.sendmsg(descriptors.get(i), ByteBuffer.wrap(message));
                } catch (SyscallException | IllegalStateException e) {
                    LOG.warn("what container {} had on its network stays until the last one of its engine is removed: {}", attachment.containerId(), e.toString());
                }
            }
        }
        close();
    }

    @Override
    public void close() {
        descriptors.forEach(Fd::close);
    }
}
