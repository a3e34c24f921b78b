package dev.caisson.testkit.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class StraceReaderTest {
    @Test
    void aCallWithDescriptorsAndAStructure() {
        TracedCall call = one("812 openat2(5</r, (1)>, \"etc/pass, wd\", {flags=O_RDONLY|O_CLOEXEC, resolve=RESOLVE_IN_ROOT}, 24) = 6</r/etc/pass, wd>");
        assertEquals(812, call.pid());
        assertEquals(List.of("5</r, (1)>", "\"etc/pass, wd\"", "{flags=O_RDONLY|O_CLOEXEC, resolve=RESOLVE_IN_ROOT}", "24"), call.arguments());
        assertTrue(call.succeeded());
        assertEquals(Optional.of("/r, (1)"), StraceReader.path(call.argument(0)));
        assertEquals(Optional.of("etc/pass, wd"), StraceReader.string(call.argument(1)));
    }

    @Test
    void anErrorAndAnUnknownResult() {
        assertFalse(one("9 mkdir(\"/a\", 0755) = -1 EEXIST (File exists)").succeeded());
        assertFalse(one("9 mkdirat(3</x>, \"a\", 0755) = ?").succeeded());
        assertEquals("-1 EEXIST (File exists)", one("9 mkdir(\"/a\", 0755) = -1 EEXIST (File exists)").result());
    }

    @Test
    void twoThreadsInterrupted() {
        List<TracedCall> calls = StraceReader.read(List.of(
                "1 openat(AT_FDCWD</>, \"a\", O_RDONLY <unfinished ...>",
                "2 mkdir(\"b\", 0755 <unfinished ...>",
                "1 <... openat resumed>)           = 3</a>",
                "2 <... mkdir resumed>) = 0"));
        assertEquals(List.of("1 openat(AT_FDCWD</>, \"a\", O_RDONLY) = 3</a>", "2 mkdir(\"b\", 0755) = 0"), calls.stream().map(TracedCall::toString).toList());
    }

    @Test
    void whatIsNoCall() {
        assertEquals(List.of(), StraceReader.read(List.of(
                "7 +++ killed by SIGKILL +++", "7 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=8} ---", "7 <... openat resumed>) = 3", "", "strace: Process 8 attached", "7 mkdir(\"a")));
    }

    @Test
    void escapesAndNoArguments() {
        assertEquals(Optional.of("a\"b\n\u00fc"), StraceReader.string("\"a\\\"b\\n\\303\\274\""));
        assertEquals(List.of(), one("5 getpid() = 5").arguments());
        assertEquals(List.of("1<<3", "NULL"), one("5 f(1<<3, NULL) = 0").arguments());
        assertEquals(Optional.empty(), StraceReader.string("NULL"));
    }

    @Property
    void neverThrows(@ForAll("noise") String line) {
        new StraceReader().line(line);
    }

    @Property
    void aPrintedCallReadsAsItself(@ForAll("arguments") List<String> arguments) {
        TracedCall call = new TracedCall(4, "openat", arguments, "0");
        assertEquals(Optional.of(call), new StraceReader().line(call.toString()));
    }

    @Provide
    Arbitrary<String> noise() {
        return Arbitraries.of("1 ", "openat", "(", ")", "\"", "\\", "<", ">", "{", "}", "[", ", ", " = ", "3", "<unfinished ...>", "<... openat resumed>", "AT_FDCWD", "x", "\\30", "99999999999 ")
                .list().ofMaxSize(14).map(parts -> String.join("", parts));
    }

    @Provide
    Arbitrary<List<String>> arguments() {
        Arbitrary<String> text = Arbitraries.strings().withChars("ab/., (){}[]").ofMaxLength(8);
        return Arbitraries.oneOf(text.map(t -> "\"" + t + "\""), text.map(t -> "3</" + t + ">"), Arbitraries.of("AT_FDCWD</x>", "O_RDONLY|O_CLOEXEC", "{a=1, b=[2, 3]}", "0755")).list().ofMaxSize(5);
    }

    private static TracedCall one(String line) {
        return new StraceReader().line(line).orElseThrow();
    }
}
