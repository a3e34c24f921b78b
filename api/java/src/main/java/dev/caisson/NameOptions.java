package dev.caisson;

import dev.caisson.spi.Given;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a container is called and how it resolves names: the part of {@link ContainerBuilder} that becomes {@link ContainerSpec.Identity}.
 *
 * @param <B> the builder
 */
abstract sealed class NameOptions<B extends NameOptions<B>> extends FileOptions<B> permits LifeOptions {
    private String hostname = "";
    private String domainName = "";
    private final Map<String, String> extraHosts = new LinkedHashMap<>();
    private final List<String> dns = new ArrayList<>();
    private final List<String> dnsSearch = new ArrayList<>();
    private final List<String> dnsOptions = new ArrayList<>();

    /**
     * Its host name ({@code --hostname}); default the first 12 digits of its id.
     *
     * @param value at most 64 characters
     * @return this builder
     */
    public B hostname(String value) {
        Given.one(value);
        hostname = value;
        return self();
    }

    /**
     * Its NIS domain name ({@code --domainname}).
     *
     * @param value at most 64 characters
     * @return this builder
     */
    public B domainName(String value) {
        Given.one(value);
        domainName = value;
        return self();
    }

    /**
     * A line for its {@code /etc/hosts} ({@code --add-host}).
     *
     * @param host the name
     * @param address an IP address, or {@code host-gateway} for the host
     * @return this builder
     */
    public B addHost(String host, String address) {
        Given.all(host, address);
        extraHosts.put(host, address);
        return self();
    }

    /**
     * A name server for its {@code /etc/resolv.conf} ({@code --dns}); default the host's.
     *
     * @param address an IP address; further ones accumulate. On networks of the engine's own names of containers are answered all the same
     * @return this builder
     */
    public B dns(String address) {
        Given.one(address);
        dns.add(address);
        return self();
    }

    /**
     * A search domain ({@code --dns-search}); default the host's.
     *
     * @param domain letters, digits, {@code .}, {@code _} and {@code -}; they accumulate
     * @return this builder
     */
    public B dnsSearch(String domain) {
        Given.one(domain);
        dnsSearch.add(domain);
        return self();
    }

    /**
     * An option of resolv.conf(5) ({@code --dns-option}); default the host's.
     *
     * @param option such as {@code ndots:2}; they accumulate
     * @return this builder
     */
    public B dnsOption(String option) {
        Given.one(option);
        dnsOptions.add(option);
        return self();
    }

    ContainerSpec.Identity identity() {
        boolean said = !hostname.isEmpty() || !domainName.isEmpty() || !extraHosts.isEmpty() || !dns.isEmpty() || !dnsSearch.isEmpty() || !dnsOptions.isEmpty();
        return !said ? Unsaid.IDENTITY : new ContainerSpec.Identity(hostname, domainName, extraHosts, dns, dnsSearch, dnsOptions);
    }
}
