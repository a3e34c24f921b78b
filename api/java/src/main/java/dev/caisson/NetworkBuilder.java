package dev.caisson;

import dev.caisson.spi.Given;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a network is to be like: given to {@link Networks#create(String, java.util.function.Consumer)}. Mutable, no I/O. Each method names the {@code docker network create} option it stands for. */
public final class NetworkBuilder {
    private String driver = "bridge";
    private final Map<String, String> options = new LinkedHashMap<>();
    private final Map<String, String> labels = new LinkedHashMap<>();

    /**
     * What was said.
     *
     * @param driver its name
     * @param options the driver's, in docker's spelling
     * @param labels metadata
     */
    public record Settings(String driver, Map<String, String> options, Map<String, String> labels) {
        /** The maps are copied; they keep their order. */
        public Settings {
            options = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(options));
            labels = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(labels));
        }
    }

    /** For the engine. */
    public NetworkBuilder() {}

    /**
     * The network driver ({@code --driver}).
     *
     * @param name {@code bridge} by default
     * @return this builder
     */
    public NetworkBuilder driver(String name) {
        Given.one(name);
        driver = name;
        return this;
    }

    /**
     * Its addresses ({@code --subnet}); default a /24 that collides with nothing on the host. An IPv6 subnet is said beside it and means {@link #ipv6()} too.
     *
     * @param cidr as {@code 10.5.0.0/16} or {@code fd12:3456:789a:1::/64}
     * @return this builder
     */
    public NetworkBuilder subnet(String cidr) {
        Given.one(cidr);
        return option(cidr.indexOf(':') >= 0 ? "subnet6" : "subnet", cidr);
    }

    /**
     * With IPv6 beside IPv4 ({@code --ipv6}); without an IPv6 {@link #subnet} a /64 of unique local addresses (RFC 4193) that collides with nothing on the host.
     *
     * @return this builder
     */
    public NetworkBuilder ipv6() {
        return option("ipv6", "true");
    }

    /**
     * The part of the subnet from which containers get addresses ({@code --ip-range}); default all of it. Others can be asked for by name.
     *
     * @param cidr IPv4, within the subnet
     * @return this builder
     */
    public NetworkBuilder ipRange(String cidr) {
        Given.one(cidr);
        return option("ip-range", cidr);
    }

    /**
     * The router's address ({@code --gateway}), of IPv4 or IPv6; default the first of the subnet.
     *
     * @param address without prefix length
     * @return this builder
     */
    public NetworkBuilder gateway(String address) {
        Given.one(address);
        return option(address.indexOf(':') >= 0 ? "gateway6" : "gateway", address);
    }

    /**
     * Without a way out or in: its containers reach each other and nothing else ({@code --internal}).
     *
     * @return this builder
     */
    public NetworkBuilder internal() {
        return option("internal", "true");
    }

    /**
     * Metadata ({@code --label}).
     *
     * @param key one that was given before is replaced
     * @param value any text
     * @return this builder
     */
    public NetworkBuilder label(String key, String value) {
        Given.all(key, value);
        labels.put(key, value);
        return this;
    }

    /**
     * An option of the driver's ({@code --opt}), for the bridge {@code com.docker.network.driver.mtu} and {@code com.docker.network.bridge.enable_icc}.
     *
     * @param name as the driver's {@link dev.caisson.spi.DriverProvider#options()} has it; another one is refused when the network is made
     * @param value as text
     * @return this builder
     */
    public NetworkBuilder option(String name, String value) {
        Given.all(name, value);
        options.put(name, value);
        return this;
    }

    /** {@return what was said until now} */
    public Settings settings() {
        return new Settings(driver, options, labels);
    }
}
