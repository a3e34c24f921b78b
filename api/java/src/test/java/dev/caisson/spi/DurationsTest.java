package dev.caisson.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {
    @ParameterizedTest
    @CsvSource({"0,PT0S", "0s,PT0S", "1ns,PT0.000000001S", "1us,PT0.000001S", "1µs,PT0.000001S", "1μs,PT0.000001S", "300ms,PT0.3S", "1.5h,PT1H30M",
            "1m30s,PT1M30S", "1h1m1s1ms1us1ns,PT1H1M1.001001001S", " 2s ,PT2S", "0.5ns,PT0S", "9223372036s,PT2562047H47M16S"})
    void asGoWritesThem(String text, Duration expected) {
        assertEquals(expected, Durations.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "1", "s", "-1s", "1 s", "1d", "1s1", "1S", ".s", "1.s.", "1ss", "9223372037s", "10000000h", "999999999999999999h", "1s\0", "٣s"})
    void whatIsNoDuration(String text) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Durations.parse(text));
        assertTrue(e.getMessage().contains("'" + text + "'"), e.getMessage());
    }

    @Property
    void anyTextIsADurationOrRefused(@ForAll String text) {
        parsesOrRefuses(text);
    }

    @Property
    void almostDurationsToo(@ForAll @CharRange(from = '.', to = '9') @CharRange(from = 'h', to = 'u') @StringLength(max = 40) String text) {
        parsesOrRefuses(text);
    }

    private static void parsesOrRefuses(String text) {
        try {
            assertFalse(Durations.parse(text).isNegative());
        } catch (IllegalArgumentException e) {
            assertTrue(e.getMessage().contains(text));
        }
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void partsAddUp(@ForAll @IntRange(max = 999) int hours, @ForAll @IntRange(max = 9999) int minutes, @ForAll @IntRange(max = 9999) int seconds,
            @ForAll @IntRange(max = 9999) int millis, @ForAll @LongRange(max = 999_999_999) long nanos) {
        assertEquals(Duration.ofHours(hours).plusMinutes(minutes).plusSeconds(seconds).plusMillis(millis).plusNanos(nanos),
                Durations.parse(hours + "h" + minutes + "m" + seconds + "s" + millis + "ms" + nanos + "ns"));
    }
}
