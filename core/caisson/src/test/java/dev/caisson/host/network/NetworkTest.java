package dev.caisson.host.network;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A busybox in the tiny root: web server, web client, and the tools of an attacker. */
abstract class NetworkTest extends EngineTest {
    static final Duration PATIENCE = Duration.ofSeconds(30);
    static final int ANSWERED = 10;
    static final int NOT_ANSWERED = 1;

    /** A program of busybox. */
    ContainerBuilder busybox(String... words) {
        return tiny().bindReadOnly(Path.of("/bin/busybox"), "/busybox").command(prefixed("/busybox", words));
    }

    /** Serves its root directory on port 80, so that /etc/hostname says who answers. */
    ContainerBuilder web() {
        return busybox("httpd", "-f", "-p", "80", "-h", "/").stopTimeout(Duration.ZERO); // it does not know SIGTERM
    }

    static String[] prefixed(String first, String... words) {
        String[] all = new String[words.length + 1];
        all[0] = first;
        System.arraycopy(words, 0, all, 1, words.length);
        return all;
    }

    /** What a client on the host gets; "" if that is nothing, even within ten seconds. */
    static String get(String where) {
        return body(output(client(where)));
    }

    /** The same where nothing is expected, of which one second is enough. */
    static String getAtOnce(String where) {
        return body(output(clientAtOnce(where)));
    }

    /** The command line of a client: bash, which every host has. */
    static String[] client(String where) {
        return client(where, ANSWERED);
    }

    static String[] clientAtOnce(String where) {
        return client(where, NOT_ANSWERED);
    }

    private static String[] client(String where, int seconds) {
        return new String[] {"timeout", Integer.toString(seconds), "bash", "-c", "exec 3<>/dev/tcp/" + address(where).replace(' ', '/')
                + "; printf 'GET /etc/hostname HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"};
    }

    private static String address(String where) {
        return (where.contains(":") ? where : where + ":80").replace(':', ' ');
    }

    static String body(String answer) {
        return answer.contains("200 OK") ? answer.substring(answer.lastIndexOf('\n', answer.length() - 2) + 1).strip() : "";
    }

    /** The same from inside a container. */
    static String get(Container from, String where) {
        return get(from, where, ANSWERED);
    }

    static String getAtOnce(Container from, String where) {
        return get(from, where, NOT_ANSWERED);
    }

    private static String get(Container from, String where, int seconds) {
        String[] target = address(where).split(" ");
        return body(from.exec("/busybox", "nc", "-w", Integer.toString(seconds), target[0], target[1]).stdin("GET /etc/hostname HTTP/1.0\r\n\r\n").run().stdout());
    }

    /** Waits until the web server answers to its own neighbours. */
    void answering(Container web) {
        eventually("the web server answers", PATIENCE, () -> !get(web.ipAddress()).isEmpty());
    }

    static String name(Container container) {
        return container.id().substring(0, 12);
    }

    /** A program's output in the router's network namespace, which nothing but descriptors of this JVM holds. */
    static String inRouter(String... command) {
        String own = "/proc/" + ProcessHandle.current().pid() + "/fd/";
        for (String descriptor : java.util.Objects.requireNonNull(new java.io.File(own).list())) {
            if (output("readlink", own + descriptor).startsWith("net:[") && output("nsenter", "--net=" + own + descriptor, "ip", "-o", "link").contains(" uplink@")) {
                return output(prefixed("nsenter", prefixed("--net=" + own + descriptor, command)));
            }
        }
        throw new AssertionError("there is no router");
    }

    /** Standard output of a program of the host, whatever its exit code. */
    static String output(String... command) {
        try {
            Process process = new ProcessBuilder(List.of(command)).redirectError(ProcessBuilder.Redirect.DISCARD).start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
