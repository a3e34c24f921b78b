package dev.caisson.testkit.hosts;

import java.util.ArrayList;
import java.util.List;

/** An Ethernet switch with hosts at it: network namespaces whose {@code eth0} has an address of 192.168.77.0/24. The switch itself is 192.168.77.1. */
public final class Wire implements AutoCloseable {
    private static final String NET = "192.168.77.";

    private final NetworkSpace middle = NetworkSpace.make();
    private final List<NetworkSpace> hosts = new ArrayList<>();

    /** A switch at which nobody is. */
    public Wire() {
        middle.shell("ip link add switch type bridge && ip addr add " + NET + "1/24 dev switch && ip link set switch up");
    }

    /** Where the switch is, with its address. */
    public NetworkSpace middle() {
        return middle;
    }

    /** The next host: 192.168.77.11, .12 … */
    public NetworkSpace host() {
        NetworkSpace host = NetworkSpace.make();
        hosts.add(host);
        int number = hosts.size();
        middle.shell("ip link add port" + number + " type veth peer name eth0 netns " + host.pid() + " && ip link set port" + number + " master switch up");
        host.shell("ip addr add " + address(number) + "/24 dev eth0 && ip link set eth0 up");
        return host;
    }

    /** Of the n-th host. */
    public static String address(int number) {
        return NET + (10 + number);
    }

    /** Pulls the n-th host's plug, or puts it back. */
    public void plugged(int number, boolean in) {
        middle.shell("ip link set port" + number + (in ? " up" : " down"));
    }

    @Override
    public void close() {
        hosts.forEach(NetworkSpace::close);
        middle.close();
    }
}
