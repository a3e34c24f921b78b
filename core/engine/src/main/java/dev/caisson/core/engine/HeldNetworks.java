package dev.caisson.core.engine;

import dev.caisson.core.detach.Kept;
import dev.caisson.linux.Fd;
import dev.caisson.spi.network.Held;
import dev.caisson.spi.network.NetworkDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * What a container's networks need to outlive the JVM.
 *
 * @param places as they are written down
 * @param descriptors what its guard is to hold for them, in their order
 * @param hosts lines for its /etc/hosts
 */
record HeldNetworks(List<Kept.Place> places, List<Fd> descriptors, List<String> hosts) implements AutoCloseable {
    private static final String MARK = "# names as they were when this container was detached";

    /** @throws dev.caisson.NetworkProblem if one of them needs this JVM */
    static HeldNetworks of(RunContext run) {
        HeldNetworks made = new HeldNetworks(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        try {
            for (Connections.Connection each : run.connections().list()) {
                boolean nothing = List.of("none", "host").contains(each.driver().name());
                Held held = nothing ? new Held(List.of(), List.of(), List.of()) : each.driver().hold(each.attachment());
                held.descriptors().forEach(number -> made.descriptors.add(Fd.adopt(number)));
                made.places.add(new Kept.Place(each.network(), each.driver().name(), each.attachment(), held.descriptors().size(), held.undo()));
                made.hosts.addAll(held.hosts());
            }
            return made;
        } catch (RuntimeException e) {
            made.close();
            throw e;
        }
    }

    /**
     * Its names stay what they are now: those of its networks in /etc/hosts, all others by the host's name servers, which it asks when the engine's does not answer.
     *
     * @param undo gets what takes that back
     */
    void freeze(RunContext run, UndoStack undo) {
        if (places.stream().allMatch(p -> p.attachment().nameservers().isEmpty())) {
            return;
        }
        change(run, undo, "hosts", text -> before(text) + MARK + "\n" + String.join("\n", hosts) + "\n");
        boolean inside = places.stream().allMatch(p -> p.attachment().hostGateway().isEmpty());
        List<String> asked = run.spec().identity().dns().isEmpty() ? servers(run.engine().host().resolvConf()) : run.spec().identity().dns();
        List<String> reached = inside ? List.of() : asked.stream().filter(s -> !s.startsWith("127.") && !s.equals("::1")).toList();
        if (reached.isEmpty() && !inside) {
            run.warn(List.of("container " + run.name() + " looks up no names outside when its JVM is gone: the host's name servers are on its loopback"));
        }
        change(run, undo, "resolv.conf", text -> text.lines().filter(l -> !l.startsWith("nameserver")).reduce(
                servers(text).stream().limit(1).map(HeldNetworks::server).reduce("", String::concat) + reached.stream().map(HeldNetworks::server).reduce("", String::concat),
                (all, line) -> all + line + "\n"));
    }

    /** Taken back, it is as it was, unless somebody else has changed it since. */
    private static void change(RunContext run, UndoStack undo, String file, UnaryOperator<String> change) {
        run.ownFile(file, before -> {
            String after = change.apply(before);
            undo.push("names in /etc/" + file, () -> run.ownFile(file, now -> now.equals(after) ? before : now));
            return after;
        });
    }

    private static String before(String hosts) {
        int at = hosts.indexOf(MARK);
        return at < 0 ? hosts : hosts.substring(0, at);
    }

    private static List<String> servers(String resolvConf) {
        return resolvConf.lines().filter(l -> l.matches("nameserver\\s+\\S.*")).map(l -> l.split("\\s+")[1]).toList();
    }

    private static String server(String address) {
        return "nameserver " + address + "\n";
    }

    /** The networks of a container that was taken over. @param held what its guard holds for them, this one's from now on */
    static List<Connections.Connection> adopted(Kept kept, List<Fd> held) {
        List<Connections.Connection> all = new ArrayList<>();
        int at = 0;
        for (Kept.Place place : kept.places()) {
            int end = Math.min(at + place.descriptors(), held.size());
            NetworkDriver driver = new HeldPlace(place.driver(), place.undo(), held.subList(at, end));
            all.add(new Connections.Connection(place.network(), driver, place.attachment()));
            at = end;
        }
        held.subList(at, held.size()).forEach(Fd::close);
        return all;
    }

    /** Another engine will have it: what is open of them here is closed. */
    static void leave(RunContext run) {
        run.connections().list().stream().flatMap(c -> c.driver() instanceof HeldPlace place ? Stream.of(place) : Stream.empty()).forEach(HeldPlace::close);
    }

    @Override
    public void close() {
        descriptors.forEach(Fd::close);
    }
}
