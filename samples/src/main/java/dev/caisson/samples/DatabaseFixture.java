package dev.caisson.samples;

import dev.caisson.Container;
import dev.caisson.ContainerSpec;
import dev.caisson.Engine;
import dev.caisson.Readiness;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * PostgreSQL and Redis for tests, from the host's own Debian packages, without images: each runs in a copy-on-write view of the host's root, of which nothing is left afterwards.
 * Both start at once, on free ports of this host alone.
 *
 * @param postgres the database
 * @param redis the cache
 */
record DatabaseFixture(Container postgres, Container redis) implements AutoCloseable {
    private static final int POSTGRES = 5432;
    private static final int REDIS = 6379;

    /** @throws IllegalStateException if the packages postgresql and redis-server are missing */
    static DatabaseFixture start(Engine engine) throws IOException {
        Path programs = programs();
        String script = """
                set -e
                initdb=%1$s/initdb postgres=%1$s/postgres data=/var/tmp/data
                $initdb --auth=trust --no-sync --username=test --pgdata=$data >/dev/null
                echo "host all all 0.0.0.0/0 trust" >>$data/pg_hba.conf
                exec $postgres -D $data -c listen_addresses='*' -c unix_socket_directories=/var/tmp -c fsync=off
                """.formatted(programs);
        ContainerSpec database = engine.hostRoot().user("postgres").port("127.0.0.1", 0, POSTGRES).command("sh", "-c", script).memory("512m")
                .waitFor(Readiness.log("database system is ready to accept connections")).spec();
        ContainerSpec cache = engine.hostRoot().user("redis").port("127.0.0.1", 0, REDIS).workdir("/var/tmp").memory("128m")
                .command("redis-server", "--save", "", "--protected-mode", "no").waitFor(Readiness.port(REDIS)).spec();
        List<Container> both = engine.startAll(database, cache);
        return new DatabaseFixture(both.get(0), both.get(1));
    }

    private static Path programs() throws IOException {
        Path versions = Path.of("/usr/lib/postgresql");
        if (Files.isDirectory(versions)) {
            try (Stream<Path> all = Files.list(versions)) {
                return all.map(v -> v.resolve("bin")).filter(b -> Files.isExecutable(b.resolve("initdb"))).sorted().reduce((a, b) -> b)
                        .orElseThrow(() -> new IllegalStateException("no PostgreSQL server; apt-get install postgresql brings it"));
            }
        }
        throw new IllegalStateException("no PostgreSQL server; apt-get install postgresql brings it");
    }

    /** Where a JDBC driver finds the database. */
    String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:" + postgres.port(POSTGRES) + "/postgres?user=test";
    }

    /** A query by psql, over the published port. */
    String query(String sql) {
        return Commands.run(List.of("psql", "--no-align", "--tuples-only", "--host=127.0.0.1", "--port=" + postgres.port(POSTGRES), "--username=test", "--dbname=postgres", "--command=" + sql)).strip();
    }

    /** A command of Redis's inline protocol; the answer's first line. */
    String ask(String command) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", redis.port(REDIS)); InputStream in = socket.getInputStream()) {
            socket.getOutputStream().write((command + "\r\nQUIT\r\n").getBytes(StandardCharsets.UTF_8));
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().findFirst().orElse("");
        }
    }

    @Override
    public void close() {
        redis.remove();
        postgres.remove();
    }

    /** Starts both, uses them, and says how long that took. */
    public static void main(String[] args) throws IOException {
        Path root = Files.createTempDirectory("caisson-databases-");
        Stopwatch watch = new Stopwatch();
        try (Engine engine = Engine.builder().root(root).build(); DatabaseFixture databases = start(engine)) {
            watch.lap("both ready at " + databases.jdbcUrl() + " and redis://127.0.0.1:" + databases.redis().port(REDIS));
            watch.lap(databases.query("select version()"));
            watch.lap("PING: " + databases.ask("PING"));
        } finally {
            Directories.remove(root);
        }
        watch.print(System.out);
    }
}
