package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What each method of the exec builder does, and what it refuses. */
class ExecBuilderTest {
    private static final InputStream STREAM = InputStream.nullInputStream();
    private static final long LIMIT = ContainerBuilder.OUTPUT_LIMIT;

    private static ExecBuilder.ExecSpec spec(Consumer<ExecBuilder> call, String... command) {
        AtomicReference<ExecBuilder.ExecSpec> seen = new AtomicReference<>();
        ExecBuilder builder = new ExecBuilder(List.of(command), s -> {
            seen.set(s);
            throw new IllegalStateException("nothing is started here");
        });
        call.accept(builder);
        assertThrows(IllegalStateException.class, builder::start);
        return seen.get();
    }

    private static ExecBuilder.ExecSpec of(Map<String, String> env, String user, String workdir, Stdin stdin, Duration timeout, boolean privileged, long limit) {
        return new ExecBuilder.ExecSpec(List.of("id"), env, user, workdir, stdin, timeout, privileged, limit, false, null, DetachKeys.DEFAULT);
    }

    private static ExecBuilder.ExecSpec of(Stdin stdin, boolean piped, ExecBuilder.Tty tty, DetachKeys keys) {
        return new ExecBuilder.ExecSpec(List.of("id"), Map.of(), null, null, stdin, null, false, LIMIT, piped, tty, keys);
    }

    @Test
    void everyMethodHasItsEffect(@TempDir Path scratch) throws IOException {
        Path file = Files.writeString(scratch.resolve("env"), "A=1\n# about\nB=x y\n");
        Map<String, Consumer<ExecBuilder>> calls = new TreeMap<>();
        Map<String, ExecBuilder.ExecSpec> expected = new TreeMap<>();
        calls.put("env(String,String)", b -> b.env("A", "1"));
        expected.put("env(String,String)", of(Map.of("A", "1"), null, null, Stdin.NONE, null, false, LIMIT));
        calls.put("user(String)", b -> b.user("7"));
        expected.put("user(String)", of(Map.of(), "7", null, Stdin.NONE, null, false, LIMIT));
        calls.put("workdir(String)", b -> b.workdir("/w"));
        expected.put("workdir(String)", of(Map.of(), null, "/w", Stdin.NONE, null, false, LIMIT));
        calls.put("stdin(String)", b -> b.stdin("x"));
        expected.put("stdin(String)", of(Map.of(), null, null, new Stdin.Bytes(new byte[] {'x'}), null, false, LIMIT));
        calls.put("stdin(byte[])", b -> b.stdin(new byte[] {0}));
        expected.put("stdin(byte[])", of(Map.of(), null, null, new Stdin.Bytes(new byte[] {0}), null, false, LIMIT));
        calls.put("stdin(InputStream)", b -> b.stdin(STREAM));
        expected.put("stdin(InputStream)", of(Map.of(), null, null, new Stdin.Stream(STREAM), null, false, LIMIT));
        calls.put("timeout(Duration)", b -> b.timeout(Duration.ofSeconds(1)));
        expected.put("timeout(Duration)", of(Map.of(), null, null, Stdin.NONE, Duration.ofSeconds(1), false, LIMIT));
        calls.put("privileged()", ExecBuilder::privileged);
        expected.put("privileged()", of(Map.of(), null, null, Stdin.NONE, null, true, LIMIT));
        calls.put("outputLimit(long)", b -> b.outputLimit(5));
        expected.put("outputLimit(long)", of(Map.of(), null, null, Stdin.NONE, null, false, 5));
        calls.put("envFile(Path)", b -> b.envFile(file));
        expected.put("envFile(Path)", of(Map.of("A", "1", "B", "x y"), null, null, Stdin.NONE, null, false, LIMIT));
        calls.put("interactive()", ExecBuilder::interactive);
        expected.put("interactive()", of(new Stdin.Open(), false, null, DetachKeys.DEFAULT));
        calls.put("piped()", ExecBuilder::piped);
        expected.put("piped()", of(Stdin.NONE, true, null, DetachKeys.DEFAULT));
        calls.put("tty()", ExecBuilder::tty);
        expected.put("tty()", of(Stdin.NONE, false, new ExecBuilder.Tty(24, 80), DetachKeys.DEFAULT));
        calls.put("tty(int,int)", b -> b.tty(50, 132));
        expected.put("tty(int,int)", of(Stdin.NONE, false, new ExecBuilder.Tty(50, 132), DetachKeys.DEFAULT));
        calls.put("detachKeys(String)", b -> b.detachKeys("q"));
        expected.put("detachKeys(String)", of(Stdin.NONE, false, null, DetachKeys.of("q")));
        calls.forEach((method, call) -> {
            assertEquals(expected.get(method), spec(call, "id"), method);
            assertNotEquals(spec(b -> {}, "id"), spec(call, "id"), method);
        });
        assertEquals(Arrays.stream(ExecBuilder.class.getDeclaredMethods())
                .filter(m -> Modifier.isPublic(m.getModifiers()) && m.getReturnType() == ExecBuilder.class)
                .map(BuilderEffectsTest::signature).collect(Collectors.toCollection(TreeSet::new)), new TreeSet<>(calls.keySet()));
    }

    @Test
    void wrongValuesAreReportedAllAtOnce() {
        ExecBuilder builder = new ExecBuilder(List.of("a\0b"), s -> {
            throw new AssertionError("started with " + s);
        }).env("A=B", "1").env("C", "\0").workdir("rel").user("u\0").timeout(Duration.ZERO).outputLimit(0).tty(0, 80);
        List<String> fields = assertThrows(InvalidSpec.class, builder::start).problems().stream().map(InvalidSpec.Problem::field).toList();
        assertEquals(List.of("exec", "env(\"A=B\", …)", "env", "workdir(\"rel\")", "user", "timeout(PT0S)", "outputLimit(0)", "tty(0, 80)"), fields);
        assertThrows(InvalidSpec.class, builder::run);
    }

    @Test
    void whoWaitsForTheEndCanNeitherReadNorWriteMeanwhile() {
        for (Consumer<ExecBuilder> call : List.<Consumer<ExecBuilder>>of(ExecBuilder::interactive, ExecBuilder::piped)) {
            ExecBuilder builder = new ExecBuilder(List.of("cat"), s -> {
                throw new AssertionError("started with " + s);
            });
            call.accept(builder);
            assertEquals("use start(), or leave it out", assertThrows(InvalidSpec.class, builder::run).problems().get(0).remedy());
        }
    }

    @Test
    void aProgramIsNeeded() {
        for (List<String> command : List.of(List.<String>of(), List.of(""))) {
            InvalidSpec e = assertThrows(InvalidSpec.class, () -> new ExecBuilder(command, s -> {
                throw new AssertionError("started with " + s);
            }).start());
            assertEquals("names no program", e.problems().get(0).why());
        }
    }
}
