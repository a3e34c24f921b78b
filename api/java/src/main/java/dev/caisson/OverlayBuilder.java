package dev.caisson;

import dev.caisson.spi.Given;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an overlay network is to be like: given to {@link Networks#overlay(String, java.util.function.Consumer)}. Mutable, no I/O. Its hosts find each other through etcd; or,
 * without one, each is given the others by {@link #peer}, and {@link #vni}, {@link #subnet} and {@link #ipRange}.
 */
public final class OverlayBuilder {
    private final Map<String, String> options = new LinkedHashMap<>();
    private final Map<String, String> labels = new LinkedHashMap<>();
    private final List<String> peers = new ArrayList<>();

    /** For the engine. */
    OverlayBuilder() {}

    /**
     * Where etcd (3.4 or later) answers; several are asked in turn. Default what the system property {@code caisson.etcd} or the environment variable {@code CAISSON_ETCD}
     * says, separated by commas.
     *
     * @param endpoints scheme, address and port, as {@code https://10.0.0.5:2379}; they replace those given before
     * @return this builder
     */
    public OverlayBuilder etcd(String... endpoints) {
        Given.one(endpoints);
        return option("etcd", String.join(",", endpoints));
    }

    /**
     * Who logs in to etcd, over TLS.
     *
     * @param name as etcd knows it; a password is never sent over {@code http://}
     * @param password a file with the password, read at each log-in
     * @return this builder
     */
    public OverlayBuilder user(String name, Path password) {
        Given.all(name, password);
        return option("etcd-user", name).option("etcd-password-file", password.toString());
    }

    /**
     * Whom to trust to sign etcd's certificate; default whom the JDK trusts.
     *
     * @param certificates a PEM file
     * @return this builder
     */
    public OverlayBuilder ca(Path certificates) {
        Given.one(certificates);
        return option("etcd-ca", certificates.toString());
    }

    /**
     * This host's own certificate for etcd, with its chain, and its key in PKCS #8; both PEM files.
     *
     * @param certificate PEM, this host's own first
     * @param key PEM, PKCS #8, without a password
     * @return this builder
     */
    public OverlayBuilder certificate(Path certificate, Path key) {
        Given.all(certificate, key);
        return option("etcd-cert", certificate.toString()).option("etcd-key", key.toString());
    }

    /**
     * Below which key everything is in etcd.
     *
     * @param key {@code /caisson} by default
     * @return this builder
     */
    public OverlayBuilder prefix(String key) {
        Given.one(key);
        return option("etcd-prefix", key);
    }

    /**
     * After how much silence a host counts as dead and its containers are forgotten by the others.
     *
     * @param silence whole seconds from 2 to 600; 10 s by default
     * @return this builder
     */
    public OverlayBuilder ttl(Duration silence) {
        Given.one(silence);
        return option("etcd-ttl", silence.toSeconds() + "s");
    }

    /**
     * Another host, or another engine of a host, without etcd.
     *
     * @param host its address on the underlay; {@code address:port} where its UDP port is not {@link #port}'s, as with a host's second engine
     * @param range the part of the subnet that it gives out, as {@code 10.50.0.64/26}; at most a /22
     * @return this builder
     */
    public OverlayBuilder peer(String host, String range) {
        Given.all(host, range);
        peers.add(host + "=" + range);
        return this;
    }

    /**
     * This host's address on the underlay ({@code --data-path-addr}); default that from which it asks etcd or the first peer.
     *
     * @param address without prefix length
     * @return this builder
     */
    public OverlayBuilder local(String address) {
        Given.one(address);
        return option("data-path-addr", address);
    }

    /**
     * The UDP port ({@code --data-path-port}), the same on all hosts. Where another engine of a host has it, one of the next fifteen is taken; with static peers, and if encrypted,
     * that is refused.
     *
     * @param udp 4789 by default, or if encrypted one from 51820 on
     * @return this builder
     */
    public OverlayBuilder port(int udp) {
        return option("data-path-port", Integer.toString(udp));
    }

    /**
     * The VXLAN's number ({@code --opt com.docker.network.driver.overlay.vxlanid_list}).
     *
     * @param number 1 to 16,777,215; any that is free in etcd by default
     * @return this builder
     */
    public OverlayBuilder vni(int number) {
        return option("com.docker.network.driver.overlay.vxlanid_list", Integer.toString(number));
    }

    /**
     * How large a packet may be ({@code --opt com.docker.network.driver.mtu}).
     *
     * @param bytes by default and at most those of the underlay less 50, or 110 if encrypted
     * @return this builder
     */
    public OverlayBuilder mtu(int bytes) {
        return option("com.docker.network.driver.mtu", Integer.toString(bytes));
    }

    /**
     * Encrypts what goes from host to host ({@code --opt encrypted}), by WireGuard with a key that each host draws and says in etcd. Refused where the kernel has no WireGuard, with static
     * peers, and with an etcd that is asked over http on other hosts.
     *
     * @return this builder
     */
    public OverlayBuilder encrypted() {
        return option("encrypted", "true");
    }

    /**
     * Its addresses ({@code --subnet}), the same on all hosts; default a /24 of 10.32.0.0 to 10.63.255.0 that the first host chooses. A second one of IPv6, at most a /96, means
     * {@link #ipv6()}; with static peers it has to be said.
     *
     * @param cidr as {@code 10.50.0.0/24}
     * @return this builder
     */
    public OverlayBuilder subnet(String cidr) {
        Given.one(cidr);
        return option(cidr.indexOf(':') >= 0 ? "subnet6" : "subnet", cidr);
    }

    /**
     * With IPv6 beside IPv4 ({@code --ipv6}), in a /64 of unique local addresses that the first host draws: the last 32 bits of an address there are its container's IPv4 address.
     *
     * @return this builder
     */
    public OverlayBuilder ipv6() {
        return option("ipv6", "true");
    }

    /**
     * The part of the subnet from which containers of this host get addresses ({@code --ip-range}); default all of it.
     *
     * @param cidr within the subnet, as {@code 10.50.0.64/26}
     * @return this builder
     */
    public OverlayBuilder ipRange(String cidr) {
        Given.one(cidr);
        return option("ip-range", cidr);
    }

    /**
     * The address that the router of each host has ({@code --gateway}); default the first of the subnet.
     *
     * @param address without prefix length
     * @return this builder
     */
    public OverlayBuilder gateway(String address) {
        Given.one(address);
        return option("gateway", address);
    }

    /**
     * Without a way out or in but to its other containers ({@code --internal}).
     *
     * @return this builder
     */
    public OverlayBuilder internal() {
        return option("internal", "true");
    }

    /**
     * Metadata ({@code --label}), of this host's side.
     *
     * @param key one that was given before is replaced
     * @param value any text
     * @return this builder
     */
    public OverlayBuilder label(String key, String value) {
        Given.all(key, value);
        labels.put(key, value);
        return this;
    }

    private OverlayBuilder option(String name, String value) {
        options.put(name, value);
        return this;
    }

    /** The same in the words of the driver. */
    void say(NetworkBuilder network) {
        network.driver("overlay");
        if (peers.isEmpty() && !options.containsKey("etcd")) {
            Optional.ofNullable(System.getProperty("caisson.etcd")).or(() -> Optional.ofNullable(System.getenv("CAISSON_ETCD"))).filter(e -> !e.isBlank()).ifPresent(this::etcd);
        }
        if (!peers.isEmpty()) {
            network.option("peers", String.join(",", peers));
        }
        options.forEach(network::option);
        labels.forEach(network::label);
    }
}
