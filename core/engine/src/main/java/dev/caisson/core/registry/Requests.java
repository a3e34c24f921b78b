package dev.caisson.core.registry;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Sends a request until it is answered: with credentials where the registry asks for them, again where a failure may pass, on to where the registry redirects. The
 * Authorization header goes to the registry alone, never to whom it redirects.
 */
final class Requests {
    private static final int MOST_REDIRECTS = 5;

    private final RetryPolicy retries;
    private final Duration patience;
    private final Nonsense nonsense = new Nonsense(System::nanoTime);

    /** @param patience the longest wait for an answer, and for a byte of its body */
    Requests(RetryPolicy retries, Duration patience) {
        this.retries = retries;
        this.patience = patience;
    }

    RetryPolicy retries() {
        return retries;
    }

    /** The answer at a path of the registry, from {@code /v2/} on; see the other form. */
    Response send(Endpoint endpoint, String path, Ask ask) {
        return send(endpoint, endpoint.uri(path), ask);
    }

    /**
     * The answer, whatever its status is, but not one that may pass.
     *
     * @throws ImageProblem if there is none: unreachable, untrusted, credentials refused
     */
    Response send(Endpoint endpoint, URI uri, Ask ask) {
        for (int failed = 1;; failed++) {
            Duration pause;
            try {
                Response response = authorised(endpoint, uri, ask);
                if (!RetryPolicy.passing(response.status()) || failed >= retries.tries()) {
                    return response;
                }
                pause = retries.pause(failed, response.headers());
                response.close();
            } catch (IOException e) {
                if (lasting(e) || failed >= retries.tries()) {
                    throw unreachable(ask.stage(), endpoint, e);
                }
                pause = retries.pause(failed);
            } catch (InterruptedException e) {
                throw interrupted(ask.stage(), endpoint, e);
            }
            try {
                RetryPolicy.sleep(pause);
            } catch (InterruptedException e) {
                throw interrupted(ask.stage(), endpoint, e);
            }
        }
    }

    /** One try: for what cannot be sent again as it was. */
    Response once(Endpoint endpoint, URI uri, Ask ask) throws IOException {
        try {
            return authorised(endpoint, uri, ask);
        } catch (InterruptedException e) {
            throw interrupted(ask.stage(), endpoint, e);
        }
    }

    /** Waits before the next try. @param failed how many have failed */
    void pause(Endpoint endpoint, Ask ask, int failed) {
        try {
            RetryPolicy.sleep(retries.pause(failed));
        } catch (InterruptedException e) {
            throw interrupted(ask.stage(), endpoint, e);
        }
    }

    private Response authorised(Endpoint endpoint, URI uri, Ask ask) throws IOException, InterruptedException {
        String header = endpoint.authorizer().header(ask.scope()).orElse("");
        Response response = followed(endpoint, uri, ask, header);
        if (response.status() != 401 || !response.from().equals(uri) || !sameServer(uri, endpoint.base())) {
            return response;
        }
        List<Challenge> challenges = Challenge.parse(response.headers().allValues("WWW-Authenticate"));
        if (!endpoint.authorizer().answer(challenges, ask, header)) {
            return response;
        }
        response.close();
        return followed(endpoint, uri, ask, endpoint.authorizer().header(ask.scope()).orElse(""));
    }

    private Response followed(Endpoint endpoint, URI first, Ask ask, String authorization) throws IOException, InterruptedException {
        URI uri = first;
        for (int hops = 0; hops <= MOST_REDIRECTS; hops++) {
            HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(ask.patience(patience)).method(ask.method(), ask.body().get());
            ask.headers().forEach(request::header);
            Proxies.authorization(endpoint.client().http(), uri).ifPresent(shown -> request.header(Proxies.AUTHORIZATION, shown));
            if (!authorization.isEmpty() && sameServer(uri, endpoint.base())) {
                request.header("Authorization", authorization);
            }
            HttpResponse<TimedBody> response = sent(endpoint, request.build());
            if (response.body() == null) { // of a tunnel that was refused there is none
                throw Refusal.ofProxy(ask.stage(), endpoint.host(), uri);
            }
            if (!ask.follows(response.statusCode())) {
                return new Response(response.statusCode(), response.headers(), response.body(), uri);
            }
            response.body().close();
            uri = target(ask.stage(), endpoint, uri, response.headers().firstValue("Location").orElse(""));
        }
        throw new ImageProblem(ask.stage(), "registry " + endpoint.host() + " redirected more than " + MOST_REDIRECTS + " times", "the registry is set up wrongly");
    }

    private HttpResponse<TimedBody> sent(Endpoint endpoint, HttpRequest request) throws IOException, InterruptedException {
        nonsense.check(request.uri());
        try {
            return endpoint.client().send(request);
        } catch (ProtocolException | IllegalArgumentException e) { // the latter for a Content-Length that is no number
            throw nonsense.from(request.uri(), e);
        }
    }

    /**
     * Where a Location leads.
     *
     * @throws ImageProblem if it leads nowhere, or from TLS to plain HTTP
     */
    static URI target(Stage stage, Endpoint endpoint, URI from, String location) {
        URI to = null;
        try {
            to = location.isEmpty() ? null : Address.resolved(from, location);
        } catch (IllegalArgumentException e) {
            // told below
        }
        if (to == null || !Address.usable(to)) {
            throw new ImageProblem(stage, "registry " + endpoint.host() + " redirects to no usable address: '" + location.replaceAll("\\p{Cntrl}", "?") + "'", "ask the registry's owner what it redirects to");
        }
        if (from.getScheme().equals("https") && to.getScheme().equals("http")) {
            throw new ImageProblem(stage, "registry " + endpoint.host() + " redirects from TLS to plain HTTP on " + to.getHost(),
                    "the registry is set up wrongly, or somebody is in between");
        }
        return to;
    }

    static boolean sameServer(URI one, URI other) {
        return one.getScheme().equals(other.getScheme()) && one.getHost().equalsIgnoreCase(other.getHost()) && Address.port(one) == Address.port(other);
    }

    /** What does not pass by waiting: names that do not exist, nobody who listens, certificates that are not trusted, answers that are not HTTP. */
    static boolean lasting(IOException failure) {
        for (Throwable e = failure; e != null; e = e.getCause()) {
            if (e instanceof UnresolvedAddressException || e instanceof java.net.UnknownHostException || e instanceof SSLException || e instanceof ProtocolException
                    || e instanceof Client.HungUp) {
                return true;
            }
        }
        return failure instanceof java.net.ConnectException && !(failure instanceof java.net.http.HttpConnectTimeoutException) || failure instanceof java.io.InterruptedIOException;
    }

    static ImageProblem unreachable(Stage stage, Endpoint endpoint, IOException e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof Client.HungUp) {
                return new ImageProblem(stage, "the engine was closed while it talked to registry " + endpoint.host(), "open another with Engine.builder()", e);
            }
        }
        return new ImageProblem(stage, "registry " + endpoint.host() + " cannot be used at " + endpoint.base() + ": " + reason(e), remedy(endpoint, e), e);
    }

    private static String reason(Throwable e) {
        String reason = "";
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof UnresolvedAddressException) {
                return "there is no host of that name";
            }
            if (t.getMessage() != null) {
                reason = t.getMessage();
            } else if (reason.isEmpty() && t instanceof java.net.ConnectException) {
                reason = "nobody listens there";
            }
        }
        return (reason.isEmpty() ? e.toString() : reason).replaceAll("\\p{Cntrl}", "?");
    }

    private static String remedy(Endpoint endpoint, IOException e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof SSLException) {
                return "put the registry's authority into /etc/docker/certs.d/" + endpoint.host() + "/ca.crt, or use RegistryAccess.of(\"" + endpoint.host()
                        + "\").certificates(…); a registry without TLS needs plainHttp()";
            }
        }
        String body = String.valueOf(e.getMessage());
        return endpoint.plain() && (body.contains("EOF") || e instanceof ProtocolException) ? "if it speaks TLS, use RegistryAccess.of(\"" + endpoint.host() + "\").tls()" : "check name, network and HTTPS_PROXY";
    }

    static ImageProblem interrupted(Stage stage, Endpoint endpoint, @Nullable Throwable e) {
        Thread.currentThread().interrupt();
        return new ImageProblem(stage, "interrupted while talking to registry " + endpoint.host(), "", e);
    }
}
