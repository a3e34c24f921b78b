package dev.caisson.core.registry;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The proxies of the environment, as docker and curl read it: {@code HTTPS_PROXY}, {@code HTTP_PROXY}, {@code NO_PROXY}, also in lower case. Loopback is never proxied. */
final class Proxies extends ProxySelector {
    private final Map<String, String> environment;

    Proxies(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public List<Proxy> select(URI uri) {
        String host = uri.getHost();
        String proxy = variable(uri.getScheme() + "_proxy");
        if (host == null || proxy.isEmpty() || Loopback.is(host) || new NoProxy(variable("no_proxy")).names(host, Address.port(uri))) {
            return List.of(Proxy.NO_PROXY);
        }
        URI at = URI.create(proxy.contains("://") ? proxy : "http://" + proxy);
        int port = at.getPort() >= 0 ? at.getPort() : at.getScheme().equals("https") ? 443 : 80;
        return List.of(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(at.getHost(), port)));
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
