package dev.caisson.registry.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.DetectorConnectionFactory;
import org.eclipse.jetty.server.Handler.Abstract;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes connections and answers at most so many requests at once. One more thread watches that nobody keeps the others waiting. */
public final class Listener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
    private static final int HEAD = 16 << 10;
    private static final int BACKLOG = 1024;
    /** Idle ones cost no thread, but a descriptor. */
    private static final int CONNECTIONS = 1024;
    private static final Duration CROWDED = Duration.ofSeconds(1);
    /** What Jetty itself needs of its pool: who accepts, and who waits for all. */
    private static final int JETTYS_OWN = 2;
    private static final int SHORTEST_TICK = 10;
    private static final int LONGEST_TICK = 1000;
    private static final int IDLE_MILLIS = 60_000;
    private static final int END_MILLIS = 5000;

    private final Server server;
    private final ServerConnector connector;
    private final ScheduledThreadPoolExecutor watch;
    private final ThreadGroup group = new ThreadGroup("caisson-registry");
    private final boolean encrypted;
    private final Duration patience;
    private final FirstRequests first;

    /**
     * Listens; connections wait until it is started.
     *
     * @param tls null without
     * @param most requests at once
     * @param patience with a client that stands still
     * @throws IOException if the address is not to be had
     */
    public Listener(InetSocketAddress address, @Nullable SSLContext tls, int most, Duration patience) throws IOException {
        this.encrypted = tls != null;
        this.patience = patience;
        QueuedThreadPool threads = new QueuedThreadPool(most + JETTYS_OWN, 1, IDLE_MILLIS, 0, null, group);
        threads.setName("caisson-registry");
        threads.setDaemon(true);
        server = new Server(threads);
        server.setStopTimeout(0);
        connector = connector(server, tls);
        connector.setHost(address.getAddress().getHostAddress());
        connector.setPort(address.getPort());
        connector.setAcceptQueueSize(BACKLOG);
        connector.setIdleTimeout(patience.toMillis());
        first = new FirstRequests(patience);
        connector.addBean(first);
        NetworkConnectionLimit limit = new NetworkConnectionLimit(CONNECTIONS, connector);
        limit.setEndPointIdleTimeout(CROWDED.toMillis());
        server.addBean(limit);
        server.addConnector(connector);
        connector.open();
        watch = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(group, task, "caisson-registry-watch");
            thread.setDaemon(true);
            return thread;
        });
        every(Duration.ofMillis(Math.max(SHORTEST_TICK, Math.min(LONGEST_TICK, patience.toMillis() / 10))), first::check);
    }

    private static ServerConnector connector(Server server, @Nullable SSLContext tls) {
        HttpConfiguration how = new HttpConfiguration();
        how.setSendServerVersion(false);
        how.setRequestHeaderSize(HEAD);
        how.setUriCompliance(UriCompliance.UNSAFE); // paths are judged by what is served
        HttpConnectionFactory http = new HttpConnectionFactory(how);
        if (tls == null) {
            return new ServerConnector(server, 1, 1, http);
        }
        SslContextFactory.Server context = new SslContextFactory.Server();
        context.setSslContext(tls);
        SslConnectionFactory encrypted = new SslConnectionFactory(context, http.getProtocol());
        DetectorConnectionFactory either = new DetectorConnectionFactory(encrypted) {
            @Override
            protected void nextProtocol(Connector connector, EndPoint end, ByteBuffer read) {
                upgradeToConnectionFactory(http, connector, end); // who speaks plain HTTP comes to be told so
            }
        };
        return new ServerConnector(server, 1, 1, either, encrypted, http);
    }

    /** Begins to answer. */
    public void start(Handler handler) {
        server.setHandler(new Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                answer(handler, request, response, callback);
                return true;
            }
        });
        try {
            server.start();
        } catch (Exception e) {
            close();
            throw new IllegalStateException("the server does not start", e);
        }
    }

    private void answer(Handler handler, Request request, Response response, Callback callback) {
        first.came(request.getConnectionMetaData().getConnection().getEndPoint());
        if (encrypted && !request.isSecure()) {
            Response.writeError(request, response, callback, HttpStatus.BAD_REQUEST_400, "this registry speaks TLS: https://");
            return;
        }
        try {
            handler.handle(new Exchange(request, response, patience));
            callback.succeeded();
        } catch (BadRequest e) {
            Response.writeError(request, response, callback, HttpStatus.isClientError(e.status()) ? e.status() : HttpStatus.BAD_REQUEST_400, e.getMessage());
        } catch (IOException e) {
            LOG.debug("a connection ended", e);
            request.getConnectionMetaData().getConnection().getEndPoint().close(e);
            callback.failed(e);
        }
    }

    /** The port it listens on. */
    public int port() {
        return connector.getLocalPort();
    }

    /** Has the watching thread do something again and again; it must not throw. */
    public void every(Duration period, Runnable task) {
        watch.scheduleWithFixedDelay(task, period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Ends every connection and every thread. */
    @Override
    public void close() {
        watch.shutdownNow();
        try {
            connector.getConnectedEndPoints().forEach(end -> end.close());
            server.stop();
            connector.close();
            watch.awaitTermination(LONGEST_TICK, TimeUnit.MILLISECONDS);
            Thread[] ending = new Thread[group.activeCount() + JETTYS_OWN];
            for (int i = group.enumerate(ending) - 1; i >= 0; i--) {
                ending[i].join(END_MILLIS); // a pool that has stopped may have threads that have not quite
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.warn("stopping the server", e);
        }
    }
}
