package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

/** Names of the kernel's that users write, and what is suggested for those it does not know. */
class KnownNamesTest {
    @Property
    void capabilitiesInAnyCaseAndWithTheirPrefix(@ForAll Capability capability) {
        String name = capability.name();
        for (String text : List.of(name, "CAP_" + name, name.toLowerCase(Locale.ROOT), " cap_" + name.toLowerCase(Locale.ROOT) + "\n")) {
            assertSame(capability, Capability.of(text));
        }
    }

    @Property
    void signalsByNameAndNumber(@ForAll Signal signal) {
        for (String text : List.of(signal.name(), "SIG" + signal.name(), "sig" + signal.name().toLowerCase(Locale.ROOT), " " + signal.number())) {
            assertSame(signal, Signal.of(text));
        }
    }

    @Property
    void anythingElseIsRefused(@ForAll String text) {
        refusedOrKnown(text, () -> Capability.of(text));
        refusedOrKnown(text, () -> Signal.of(text));
    }

    private static void refusedOrKnown(String text, Runnable parse) {
        try {
            parse.run();
        } catch (IllegalArgumentException e) {
            assertTrue(e.getMessage().contains("'" + text + "'"), e.getMessage());
        }
    }

    @Test
    void theNearestIsNamed() {
        assertEquals("unknown capability 'NET_RAV'; did you mean NET_RAW?", message(() -> Capability.of("NET_RAV")));
        assertEquals("unknown capability 'cap_sysadmin'; did you mean SYS_ADMIN?", message(() -> Capability.of("cap_sysadmin")));
        assertEquals("unknown signal 'SIGTREM'; did you mean TERM?", message(() -> Signal.of("SIGTREM")));
        assertEquals("unknown signal 'something'", message(() -> Signal.of("something")));
        assertEquals("unknown signal '0'", message(() -> Signal.of("0")).replaceFirst(";.*", ""));
    }

    @Test
    void realTimeSignalsAreCountedFromEitherEnd() {
        assertEquals(List.of(34, 37, 64, 64, 50, 34), Stream.of("RTMIN", "SIGRTMIN+3", "rtmin+30", "SIGRTMAX", "RTMAX-14", "RTMAX-30").map(s -> Signal.of(s).number()).toList());
        assertEquals("RTMIN+3", Signal.of("37").toString());
        for (String none : List.of("32", "33", "65", "RTMIN+31", "RTMAX-31", "RTMIN-1", "RTMAX+1", "RTMIN+", "RT")) {
            assertThrows(IllegalArgumentException.class, () -> Signal.of(none), none);
        }
    }

    private static String message(Runnable parse) {
        return assertThrows(IllegalArgumentException.class, parse::run).getMessage();
    }

    @Test
    void numbersAreTheKernels() {
        for (int i = 0; i <= 40; i++) {
            assertEquals(i, Capability.values()[i].number());
        }
        assertEquals(-1, Capability.ALL.number());
        for (int i = 0; i < 31; i++) {
            assertEquals(i + 1, Signal.values()[i].number());
        }
        for (int i = 0; i < 16; i++) {
            assertEquals(i, Rlimit.values()[i].number());
        }
    }

    @Property
    void whatIsKnownIsNearestToItself(@ForAll @Size(max = 40) List<@StringLength(max = 40) String> names, @ForAll String word) {
        String nearest = Nearest.to(word, names);
        assertTrue(nearest.isEmpty() || names.contains(nearest));
        names.forEach(name -> assertEquals(name, Nearest.to(name, names)));
    }

    @Test
    void nothingIsSuggestedForWhatIsFar() {
        assertEquals("max-size", Nearest.to("maxsize", List.of("max-file", "max-size")));
        assertEquals("", Nearest.to("zzz", List.of("max-file", "max-size")));
        assertEquals("", Nearest.to("x", List.of()));
    }
}
