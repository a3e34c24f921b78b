package dev.caisson;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** What can be said, without asking the host, of host names, networks, addresses and ports. */
final class NetworkRules {
    private static final Pattern HOSTNAME = Pattern.compile("[a-zA-Z0-9]([a-zA-Z0-9.-]{0,62}[a-zA-Z0-9])?");
    private static final Pattern IPV4 = Pattern.compile("(25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}");
    private static final Pattern MAC = Pattern.compile("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}");
    private static final String METADATA = "169.254.169.254";
    private static final String CONTAINER = "container:";
    private static final Set<String> ALONE = Set.of("none", "host");

    private NetworkRules() {}

    static void check(ContainerSpec spec, SpecValidator problems) {
        if (spec.identity() != Unsaid.IDENTITY) {
            names(spec.identity(), problems);
        }
        if (spec.network() != Unsaid.NETWORK) {
            networks(spec, problems);
        }
    }

    private static void names(ContainerSpec.Identity identity, SpecValidator problems) {
        String host = identity.hostname();
        if (!host.isEmpty() && !HOSTNAME.matcher(host).matches()) {
            problems.add("hostname(\"" + host + "\")", "is not a host name of at most 64 characters", "");
        }
        String domain = identity.domainName();
        problems.noNul("domainName", domain);
        if (domain.length() > 64) {
            problems.add("domainName(\"" + domain + "\")", "is longer than the kernel's 64 characters", "");
        }
        identity.extraHosts().forEach((name, address) -> {
            if (!HOSTNAME.matcher(name).matches()) {
                problems.add("addHost(\"" + name + "\", …)", "is not a host name", "");
            }
            if (!address.equals("host-gateway")) {
                address(problems, "addHost(\"" + name + "\", \"" + address + "\")", address);
            }
        });
        identity.dns().forEach(a -> address(problems, "dns(\"" + a + "\")", a));
        identity.dnsSearch().forEach(d -> problems.require(d.matches("[a-zA-Z0-9._-]{1,253}"), "dnsSearch(\"" + d + "\")", "is not a domain", ""));
        identity.dnsOptions().forEach(o -> problems.require(o.matches("[a-z0-9:_-]{1,64}"), "dnsOption(\"" + o + "\")", "is not a resolver option", ""));
    }

    private static void address(SpecValidator problems, String field, String text) {
        problems.require(text.matches("[0-9a-fA-F:.]{2,45}"), field, "is not an IP address", "");
    }

    /** A literal, for which no name is looked up. */
    private static boolean ipv6(String text) {
        try {
            return text.matches("[0-9a-fA-F:.]{2,45}") && text.indexOf(':') >= 0 && java.net.InetAddress.getByName(text) instanceof java.net.Inet6Address;
        } catch (java.net.UnknownHostException e) {
            return false;
        }
    }

    private static void networks(ContainerSpec spec, SpecValidator problems) {
        List<ContainerSpec.Endpoint> endpoints = spec.network().endpoints();
        for (ContainerSpec.Endpoint each : endpoints) {
            String name = each.network();
            boolean other = name.startsWith(CONTAINER);
            boolean handed = name.startsWith(ContainerSpec.Endpoint.INTERFACE);
            if (!handed && !SpecValidator.NAME.matcher(other ? name.substring(CONTAINER.length()) : name).matches()) {
                problems.add("network(\"" + name + "\")", "is not a network name", "");
            }
            endpoint(each, problems);
            if (handed) {
                String device = name.substring(ContainerSpec.Endpoint.INTERFACE.length());
                if (!device.matches("[^\\s/:]{1,15}") || device.equals(".")) {
                    problems.add("hostInterface(\"" + device + "\")", "is not the name of an interface", "ip link");
                }
                if (!unnamed(each)) {
                    problems.add("hostInterface(\"" + device + "\")", "gives no addresses or names: it keeps its own", "leave ip(…) and networkAlias(…) out");
                }
                problems.require(!device.equals("lo"), "hostInterface(\"lo\")", "is the loopback, which every network namespace has", "");
            }
            boolean alone = foreign(each);
            if (alone && endpoints.size() != 1) {
                problems.add("network(\"" + name + "\")", "goes with no other network", "leave one out");
            }
            if (alone && !unnamed(each)) {
                problems.add("network(\"" + name + "\")", "gives no addresses or names", "leave ip(…) and networkAlias(…) out");
            }
            if (other && (!spec.network().ports().isEmpty() || spec.network().publishAll())) {
                problems.add("network(\"" + name + "\")", "has its ports published by the other container", "publish them there");
            }
            if (other && !nameless(spec.identity())) {
                problems.add("network(\"" + name + "\")", "has the names and resolvers of the other container", "leave hostname(…), addHost(…) and dns…(…) out");
            }
        }
        problems.require(spec.network().bandwidth().unlimited() || own(spec),
                "bandwidth(…)", "is for containers on a network of their own", "give it network(\"bridge\") or a network of yours; with container:NAME limit that one");
        problems.require(spec.network().egress().open() || own(spec),
                "egress(…)", "is for containers on a network of their own", "give it network(\"bridge\") or a network of yours; with container:NAME that one's policy holds");
        problems.require(spec.network().egress().open() || !spec.security().privileged(), "egress(…)", "means nothing with privileged(), which has the host's devices and so the host",
                "give it single capabilities with capAdd(…)");
        problems.require(spec.network().egress().open() || !spec.netAdmin() || spec.security().privileged(), "egress(…)",
                "holds nobody who has NET_ADMIN: the kernel lets him exchange interfaces of the engine's router, which enforces it", "leave NET_ADMIN out: capAdd(ALL) with capDrop(NET_ADMIN)");
        spec.network().ports().forEach(p -> port(p, problems));
        spec.network().hostPorts().forEach(p -> {
            String field = "exposeHostPort(" + p.hostPort() + (p.hostPort() == p.containerPort() ? "" : ", " + p.containerPort()) + ")";
            problems.require(p.hostPort() >= 1 && p.hostPort() <= 65535 && p.containerPort() >= 1 && p.containerPort() <= 65535, field, "is not a port from 1 to 65535", "");
            problems.require(endpoints.stream().noneMatch(NetworkRules::foreign), field, "is for containers on a bridge",
                    "give it network(\"bridge\"), or an internal network of yours if it shall reach nothing else; with networkHost() the port is there already");
        });
    }

    private static boolean own(ContainerSpec spec) {
        return spec.network().chosen().stream().noneMatch(NetworkRules::foreign);
    }

    private static boolean nameless(ContainerSpec.Identity identity) {
        return identity.hostname().isEmpty() && identity.extraHosts().isEmpty() && identity.dns().isEmpty() && identity.dnsSearch().isEmpty() && identity.dnsOptions().isEmpty();
    }

    /** None of its own: the host's, another container's, or one with nothing in it. */
    private static boolean foreign(ContainerSpec.Endpoint endpoint) {
        return ALONE.contains(endpoint.network()) || endpoint.network().startsWith(CONTAINER);
    }

    private static boolean unnamed(ContainerSpec.Endpoint endpoint) {
        return endpoint.ip().isEmpty() && endpoint.ip6().isEmpty() && endpoint.mac().isEmpty() && endpoint.linkLocal().isEmpty() && endpoint.aliases().isEmpty();
    }

    private static void endpoint(ContainerSpec.Endpoint endpoint, SpecValidator problems) {
        if (!endpoint.ip().isEmpty() && !IPV4.matcher(endpoint.ip()).matches()) {
            problems.add("ip(\"" + endpoint.ip() + "\")", "is not an IPv4 address", "ip6(…) takes one of IPv6");
        }
        if (!endpoint.ip6().isEmpty() && !ipv6(endpoint.ip6())) {
            problems.add("ip6(\"" + endpoint.ip6() + "\")", "is not an IPv6 address", "");
        }
        if (!endpoint.mac().isEmpty() && (!MAC.matcher(endpoint.mac()).matches() || (Integer.parseInt(endpoint.mac().substring(0, 2), 16) & 1) != 0 || endpoint.mac().matches("[0:]*"))) {
            problems.add("macAddress(\"" + endpoint.mac() + "\")", "is not the MAC address of one station", "such as 92:d0:c6:0a:29:33");
        }
        endpoint.linkLocal().forEach(a -> problems.require(IPV4.matcher(a).matches() && a.matches("169\\.254\\.(?!0\\.|255\\.).*") && !a.equals(METADATA), "linkLocalIp(\"" + a + "\")",
                "is not an address from 169.254.1.0 to 169.254.254.255 (RFC 3927), without " + METADATA + ", where clouds have their metadata", ""));
        endpoint.aliases().forEach(a -> problems.require(SpecValidator.NAME.matcher(a).matches() && a.length() <= 63, "networkAlias(\"" + a + "\")",
                "is not letters, digits, '_', '.', '-', beginning with a letter or digit, at most 63", ""));
    }

    /** For a container that is connected while it runs. @throws InvalidSpec listing everything that is wrong */
    static ContainerSpec.Endpoint check(ContainerSpec.Endpoint endpoint) {
        SpecValidator problems = new SpecValidator();
        endpoint(endpoint, problems);
        problems.throwIfAny();
        return endpoint;
    }

    private static void port(Port port, SpecValidator problems) {
        String field = "port(" + (port.hostAddress().isEmpty() ? "" : "\"" + port.hostAddress() + "\", ")
                + (port.hostPort() == 0 ? "" : port.hostPort() + ", ") + port.containerPort() + (port.protocol() == Protocol.TCP ? "" : ", " + port.protocol().name()) + ")";
        problems.require(port.containerPort() >= 1 && port.containerPort() <= 65535, field, "is not a port from 1 to 65535", "");
        problems.require(port.hostPort() >= 0 && port.hostPort() <= 65535, field, "is not a host port from 0 (any) to 65535", "");
        if (!port.hostAddress().isEmpty()) {
            problems.require(IPV4.matcher(port.hostAddress()).matches() || ipv6(port.hostAddress()), field, "has no IP address of the host", "leave it out for all addresses");
        }
    }
}
