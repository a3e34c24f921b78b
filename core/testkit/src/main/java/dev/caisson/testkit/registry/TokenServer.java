package dev.caisson.testkit.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * Gives out tokens as the distribution specification's token authentication has it (there is none in Debian): signed with RSA, for who knows the password or the identity
 * token {@code identity}, and for whatever they ask.
 */
public final class TokenServer implements AutoCloseable {
    /** The refresh token it knows. */
    public static final String IDENTITY = "an-identity-token";
    private static final Base64.Encoder URL = Base64.getUrlEncoder().withoutPadding();

    private final HttpServer server;
    private final String scheme;
    private final Pki.Identity identity;
    private final String basic;
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private volatile int seconds = 300;

    /** Starts it on a free port of 127.0.0.1. */
    public TokenServer(Pki pki, String user, String password) {
        this(pki, user, password, false);
    }

    /** The same, with TLS, for who asks a server that has it. */
    public static TokenServer tls(Pki pki, String user, String password) {
        return new TokenServer(pki, user, password, true);
    }

    private TokenServer(Pki pki, String user, String password, boolean tls) {
        this.scheme = tls ? "https" : "http";
        this.identity = pki.issue("token", "IP:127.0.0.1", "-days 2");
        this.basic = "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
        try {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            server = tls ? secured(HttpsServer.create(address, 0)) : HttpServer.create(address, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/token", this::answer);
        server.start();
    }

    private HttpServer secured(HttpsServer secure) throws IOException {
        try (InputStream pem = Files.newInputStream(identity.certificate())) {
            KeyStore own = KeyStore.getInstance("PKCS12");
            own.load(null, null);
            own.setKeyEntry("own", key(), new char[0], CertificateFactory.getInstance("X.509").generateCertificates(pem).toArray(new Certificate[0]));
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(own, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            secure.setHttpsConfigurator(new HttpsConfigurator(context));
            return secure;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** How long the tokens are good from now on. */
    public void lifetime(int ofSeconds) {
        seconds = ofSeconds;
    }

    /** Every scope asked for, in order. */
    public List<String> asked() {
        return List.copyOf(asked);
    }

    String realm() {
        return scheme + "://127.0.0.1:" + server.getAddress().getPort() + "/token";
    }

    Pki.Identity identity() {
        return identity;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            boolean post = exchange.getRequestMethod().equals("POST");
            String query = post ? new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8) : String.valueOf(exchange.getRequestURI().getRawQuery());
            Map<String, String> values = values(query);
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            if (post ? !IDENTITY.equals(values.get("refresh_token")) : !basic.equals(authorization)) {
                exchange.sendResponseHeaders(401, -1);
                return;
            }
            String scope = values.getOrDefault("scope", "");
            asked.add(scope);
            byte[] body = ("{\"" + (post ? "access_token" : "token") + "\":\"" + token(values.getOrDefault("service", ""), scope) + "\",\"expires_in\":" + seconds + "}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private static Map<String, String> values(String query) {
        Map<String, String> values = new TreeMap<>();
        for (String pair : query.split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                values.merge(pair.substring(0, equals), URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8), (a, b) -> a + " " + b);
            }
        }
        return values;
    }

    private String token(String service, String scopes) {
        String access = Arrays.stream(scopes.split(" ")).filter(s -> s.indexOf(':') > 0).map(scope -> {
            int first = scope.indexOf(':');
            int last = scope.lastIndexOf(':');
            return "{\"type\":\"" + scope.substring(0, first) + "\",\"name\":\"" + scope.substring(first + 1, last) + "\",\"actions\":[\""
                    + scope.substring(last + 1).replace(",", "\",\"") + "\"]}";
        }).collect(Collectors.joining(","));
        long now = Instant.now().getEpochSecond();
        try {
            String der = Files.readString(identity.certificate()).replaceAll("-----[A-Z ]+-----|\\s", "");
            String head = "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"x5c\":[\"" + der + "\"]}";
            String claims = "{\"iss\":\"test\",\"sub\":\"user\",\"aud\":\"" + service + "\",\"exp\":" + (now + seconds) + ",\"nbf\":" + (now - 10) + ",\"iat\":" + now + ",\"jti\":\""
                    + UUID.randomUUID() + "\",\"access\":[" + access + "]}";
            String signed = URL.encodeToString(head.getBytes(StandardCharsets.UTF_8)) + "." + URL.encodeToString(claims.getBytes(StandardCharsets.UTF_8));
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key());
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + URL.encodeToString(signature.sign());
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private PrivateKey key() throws IOException, GeneralSecurityException {
        String pem = Files.readString(identity.key()).replaceAll("-----[A-Z ]+-----|\\s", "");
        return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
