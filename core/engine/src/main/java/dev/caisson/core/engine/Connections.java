package dev.caisson.core.engine;

import dev.caisson.Bandwidth;
import dev.caisson.Egress;
import dev.caisson.EgressAttempt;
import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.AttachRequest.PortMapping;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.NamespaceRef;
import dev.caisson.spi.network.NetworkDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The networks one container is on, in the order of connecting. Thread-safe. */
final class Connections {
    private final List<Connection> all = new ArrayList<>();
    private @Nullable Connection ahead;
    private Bandwidth bandwidth = Bandwidth.UNLIMITED;
    /** Since it was changed. */
    private @Nullable Egress egress;
    private boolean over;

    /** One of them. */
    record Connection(String network, NetworkDriver driver, Attachment attachment) {
        /** @param six whether it is one of IPv6 */
        Optional<String> address(boolean six) {
            return attachment.addresses().stream().filter(a -> a.indexOf(':') >= 0 == six).findFirst().map(a -> a.replaceFirst("/.*", ""));
        }
    }

    /** Those of a container that was taken over. @param limits that hold on them */
    synchronized void adopt(List<Connection> adopted, Bandwidth limits) {
        all.addAll(adopted);
        bandwidth = limits;
    }

    /** It has a place on a network that is nobody's yet, until {@link #assign}. */
    synchronized void ahead(String network, NetworkDriver driver, Attachment attachment) {
        ahead = new Connection(network, driver, attachment);
        all.add(ahead);
    }

    /** Whether it has a place that is nobody's yet. */
    synchronized boolean isAhead() {
        return ahead != null;
    }

    /** Gives it the place that it has ahead. @return false if it has none on this network, or that was taken back; then it is not connected */
    synchronized boolean assign(String network, AttachRequest request, NamespaceRef namespace) {
        Connection place = ahead;
        if (place == null || !place.network.equals(network)) {
            return false;
        }
        check(network, place.driver, request);
        ahead = null;
        all.remove(place);
        Optional<Attachment> assigned = place.driver.assign(place.attachment, request, namespace);
        assigned.ifPresent(a -> keep(new Connection(network, place.driver, a), namespace));
        return assigned.isPresent();
    }

    /** Connects it to one more. */
    synchronized Connection add(String network, NetworkDriver driver, AttachRequest request, NamespaceRef namespace) {
        check(network, driver, request);
        if (find(network).isPresent()) {
            throw new NetworkProblem(Stage.NETWORK, "container " + request.aliases().get(0) + " is on network '" + network + "' already", "disconnect it first");
        }
        return keep(new Connection(network, driver, driver.attach(request, namespace)), namespace);
    }

    private void check(String network, NetworkDriver driver, AttachRequest request) {
        if (over) {
            throw new NetworkProblem(Stage.NETWORK, "container " + request.aliases().get(0) + " cannot be connected to network '" + network + "': it was removed", "run its spec again");
        }
        if ((!request.mac().isEmpty() || !request.linkLocal().isEmpty()) && !driver.givesLinkAddresses()) {
            throw new NetworkProblem(Stage.NETWORK, "container " + request.aliases().get(0) + " cannot have " + (request.mac().isEmpty() ? "the address " + request.linkLocal().get(0)
                    : "the MAC address " + request.mac()) + " on network '" + network + "': the network driver " + driver.name() + " gives none of the caller's choice",
                    "leave macAddress(…) and linkLocalIp(…) out, or use a network of the driver bridge");
        }
        if (!request.egress().open() && !driver.enforcesEgress()) {
            throw new NetworkProblem(Stage.NETWORK, "container " + request.aliases().get(0) + " cannot be connected to network '" + network + "': it has an egress policy, which the network "
                    + "driver " + driver.name() + " cannot enforce", "give it a bridge network, or leave egress(…) out");
        }
    }

    private Connection keep(Connection made, NamespaceRef namespace) {
        try {
            if (!bandwidth.unlimited()) {
                made.driver.limit(made.attachment, bandwidth);
            }
        } catch (RuntimeException e) {
            made.driver.leave(made.attachment, namespace);
            throw e;
        }
        all.add(made);
        return made;
    }

    /** Connects the process that waits, where that could not be done before it. */
    synchronized void enter(int pid) {
        all.stream().filter(c -> c.driver.namespace() == NetworkDriver.NamespaceKind.LATE).forEach(c -> c.driver.enter(c.attachment, pid));
    }

    /** Limits all of them, and those that come. */
    synchronized void limit(Bandwidth wanted) {
        for (Connection each : all) {
            each.driver.limit(each.attachment, wanted);
        }
        bandwidth = wanted;
    }

    /** Holds it to a policy on all of them, and on those that come. @param name the container's */
    synchronized void restrict(String name, Egress wanted, Egress before, Consumer<EgressAttempt> attempts) {
        for (Connection each : all) {
            if (!each.driver.enforcesEgress()) {
                throw new NetworkProblem(Stage.NETWORK, "what container " + name + " may reach cannot be changed: it is on network '" + each.network + "', whose driver " + each.driver.name()
                        + " cannot enforce an egress policy", "disconnect it from that network first");
            }
        }
        int done = 0;
        try {
            for (; done < all.size(); done++) {
                all.get(done).driver.restrict(all.get(done).attachment, wanted, attempts);
            }
        } catch (RuntimeException e) {
            Egress held = egress(before);
            for (int i = 0; i < done && !held.open(); i++) {
                try {
                    all.get(i).driver.restrict(all.get(i).attachment, held, attempts);
                } catch (RuntimeException second) {
                    e.addSuppressed(second);
                }
            }
            throw e;
        }
        egress = wanted;
    }

    /** What it is held to. @param made what it was made with */
    synchronized Egress egress(Egress made) {
        return egress == null ? made : egress;
    }

    synchronized Bandwidth bandwidth() {
        return bandwidth;
    }

    /** Takes it off one, if it is there, while it runs on. */
    synchronized Optional<Connection> leave(String network, NamespaceRef namespace) {
        Optional<Connection> found = find(network);
        found.ifPresent(c -> {
            all.remove(c);
            c.driver.leave(c.attachment, namespace);
        });
        return found;
    }

    /** Takes it off all of them; it is over. */
    synchronized void end() {
        over = true;
        UndoStack undo = new UndoStack();
        all.forEach(c -> undo.push("network " + c.network, () -> c.driver.detach(c.attachment)));
        undo.unwind();
    }

    synchronized Optional<Connection> find(String network) {
        return all.stream().filter(c -> c.network.equals(network)).findFirst();
    }

    /** As it is now. */
    synchronized List<Connection> list() {
        return List.copyOf(all);
    }

    List<String> names() {
        return list().stream().map(Connection::network).toList();
    }

    /** With prefix length. */
    List<String> addresses() {
        return list().stream().flatMap(c -> c.attachment.addresses().stream()).toList();
    }

    List<PortMapping> ports() {
        return list().stream().flatMap(c -> c.attachment.ports().stream()).toList();
    }

    /** Where it asks for names; empty for the host's way. */
    List<String> nameservers() {
        return list().stream().flatMap(c -> c.attachment.nameservers().stream()).distinct().toList();
    }

    /** The address at which it reaches the host. */
    Optional<String> hostGateway() {
        return list().stream().map(c -> c.attachment.hostGateway()).filter(a -> !a.isEmpty()).findFirst();
    }
}
