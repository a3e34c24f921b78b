package dev.caisson.core.engine;

import dev.caisson.Bandwidth;
import dev.caisson.ContainerSpec.Endpoint;
import dev.caisson.Egress;
import dev.caisson.ExitStatus;
import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Namespaces;
import dev.caisson.linux.SyscallException;
import dev.caisson.spi.network.NamespaceRef;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A running container comes to a network, or leaves one. Not while it is detached: what a guard holds then stays as it is. */
final class NetworkJoin {
    private NetworkJoin() {}

    static void connect(RunContext run, NetworkRoom.Resolved network, Endpoint endpoint) {
        synchronized (run.connections()) {
            Detaching.requireBound(run, "connect");
            connectBound(run, network, endpoint);
        }
    }

    private static void connectBound(RunContext run, NetworkRoom.Resolved network, Endpoint endpoint) {
        try (Fd namespace = run.network().again().filter(fd -> !run.joinsAnother()).orElseThrow(() -> new NetworkProblem(Stage.NETWORK, "container " + run.name()
                + " cannot be connected to network '" + network.name() + "': it " + (run.hostNetwork() ? "has the host's network" : run.joinsAnother()
                ? "shares the network namespace of another container" : "has network none, which is connected to nothing"),
                run.joinsAnother() ? "connect that one" : "start it with network(\"bridge\") or a network of yours"))) {
            Connections.Connection made = run.connections().add(network.name(), network.driver(),
                    NetworkStage.request(run, endpoint, run.hostname(), network, run.network().unpublished(network),
                            run.network().unseen(network, run.spec().network().hostPorts())), new NamespaceRef(namespace.value()));
            run.network().published(made);
            run.ownHosts(hosts -> hosts + line(made, run.hostname()));
        }
    }

    /** @return whether it was on it */
    static boolean disconnect(RunContext run, String network) {
        synchronized (run.connections()) {
            Detaching.requireBound(run, "disconnect");
            return disconnectBound(run, network);
        }
    }

    private static boolean disconnectBound(RunContext run, String network) {
        try (Fd namespace = run.network().again().orElse(Fd.CWD)) {
            Optional<Connections.Connection> left = run.connections().leave(network, namespace == Fd.CWD ? NamespaceRef.HOST : new NamespaceRef(namespace.value()));
            left.ifPresent(run.network()::left);
            left.ifPresent(c -> run.ownHosts(hosts -> hosts.replace(line(c, run.hostname()), "")));
            return left.isPresent();
        }
    }

    /** Its networks carry this much for it from now on. */
    static void limit(RunContext run, Bandwidth limits) {
        synchronized (run.connections()) {
            Detaching.requireBound(run, "limit the bandwidth");
            connected(run, "the bandwidth of container " + run.name() + " cannot be limited: it ");
            run.connections().limit(limits);
        }
    }

    /** It may reach this outside its networks from now on. */
    static void restrict(RunContext run, Egress wanted) {
        synchronized (run.connections()) {
            Detaching.requireBound(run, "restrict");
            restrictBound(run, wanted);
        }
    }

    private static void restrictBound(RunContext run, Egress wanted) {
        connected(run, "what container " + run.name() + " may reach cannot be changed: it ");
        if (run.spec().security().privileged()) {
            throw new NetworkProblem(Stage.NETWORK, "what container " + run.name() + " may reach cannot be changed: it is privileged, has the host's devices and so the host", "leave privileged() out");
        }
        Runnable hold = () -> run.connections().restrict(run.name(), wanted, run.spec().network().egress(), attempt -> run.happened(NetworkStage.words(attempt)));
        if (wanted.open()) {
            hold.run();
        } else if (run.spec().netAdmin()) {
            throw admin(run, "it");
        } else {
            run.engine().networkRoom().shared().policy(run, who -> admin(run, who), hold);
        }
    }

    private static NetworkProblem admin(RunContext run, String who) {
        return new NetworkProblem(Stage.NETWORK, "what container " + run.name() + " may reach cannot be changed: " + who + " has NET_ADMIN, and could exchange interfaces of the engine's router, which enforces that",
                "start it without: capAdd(ALL) with capDrop(NET_ADMIN); end what was executed with privileged()");
    }

    private static void connected(RunContext run, String what) {
        if (run.connections().list().stream().allMatch(c -> c.attachment().addresses().isEmpty())) {
            throw new NetworkProblem(Stage.NETWORK, what + (run.hostNetwork() ? "has the host's network" : run.joinsAnother() ? "shares the network namespace of another container"
                    : "is connected to nothing"), run.joinsAnother() ? "ask that of the other" : "start it with network(\"bridge\") or a network of yours");
        }
    }

    /** Its line of /etc/hosts. */
    private static String line(Connections.Connection connection, String hostname) {
        return connection.attachment().addresses().stream().map(a -> a.replaceFirst("/.*", "") + "\t" + hostname + "\n").collect(java.util.stream.Collectors.joining());
    }

    /** The network namespace of a container that has one of its own: the kept one, or that of its process while it runs. */
    static Optional<Fd> namespace(RunContext run, CompletableFuture<ExitStatus> exit) {
        Optional<Fd> kept = run.network().again();
        if (kept.isPresent() || run.hostNetwork() || exit.isDone() || run.processIfAny().isEmpty()) {
            return kept;
        }
        try {
            Fd opened = Namespaces.open(run.process().pid(), Namespaces.Kind.NET);
            if (exit.isDone()) { // the pid may be somebody else's by now
                opened.close();
                return Optional.empty();
            }
            return Optional.of(opened);
        } catch (SyscallException e) {
            if (e.is(Errno.ENOENT) || e.is(Errno.ESRCH)) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
