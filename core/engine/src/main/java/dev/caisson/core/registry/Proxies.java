package dev.caisson.core.registry;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The proxies of the environment, as docker and curl read it: {@code HTTPS_PROXY}, {@code HTTP_PROXY}, {@code NO_PROXY}, also in lower case. Loopback is never proxied. */
final class Proxies extends ProxySelector {
    /** The client sends it to a proxy alone, and through a tunnel not to who is at its other end. */
    static final String AUTHORIZATION = "Proxy-Authorization";

    private final Map<String, String> environment;

    Proxies(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public List<Proxy> select(URI uri) {
        return List.of(of(uri).map(p -> new Proxy(Proxy.Type.HTTP, new InetSocketAddress(p.host(), p.port()))).orElse(Proxy.NO_PROXY));
    }

    /**
     * What has to be told to the proxy by way of which a client asks there; empty if nothing has, or there is none.
     *
     * @throws dev.caisson.ImageProblem if its variable names none
     */
    static Optional<String> authorization(HttpClient client, URI uri) {
        return client.proxy().filter(Proxies.class::isInstance).flatMap(p -> ((Proxies) p).of(uri)).flatMap(ProxyAddress::user).map(Credentials::basic);
    }

    private Optional<ProxyAddress> of(URI uri) {
        String host = uri.getHost();
        String name = uri.getScheme() + "_proxy";
        String proxy = variable(name);
        if (host == null || proxy.isEmpty() || Loopback.is(host) || new NoProxy(variable("no_proxy")).names(host, Address.port(uri))) {
            return Optional.empty();
        }
        return Optional.of(ProxyAddress.parse(proxy, name.toUpperCase(Locale.ROOT)));
    }

    private String variable(String lower) {
        String value = environment.get(lower);
        return value != null ? value : environment.getOrDefault(lower.toUpperCase(Locale.ROOT), "");
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException failure) {
        // The request fails with it; there is no other proxy to turn to.
    }
}
