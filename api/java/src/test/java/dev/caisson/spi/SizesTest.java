package dev.caisson.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizesTest {
    @ParameterizedTest
    @CsvSource({"0,0", "1,1", "1b,1", "32k,32768", "32KB,32768", "32KiB,32768", "64m,67108864", "1.5g,1610612736", " 2 G ,2147483648", "1t,1099511627776",
            "1p,1125899906842624", "0.5k,512", "9223372036854775807,9223372036854775807", ".5k,512"})
    void asDockerWritesThem(String text, long bytes) {
        assertEquals(bytes, Sizes.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "k", "-1", "-1k", "1x", "1kk", "1 0k", "1e3", "1,5g", ".", "1.2.3", "9223372036854775808", "9000p", "0x10", "１k", "٣m", "1k\0"})
    void whatIsNoSize(String text) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Sizes.parse(text));
        assertTrue(e.getMessage().contains("'" + text + "'"), e.getMessage());
    }

    @Property
    void anyTextIsASizeOrRefused(@ForAll String text) {
        parsesOrRefuses(text);
    }

    @Property
    void almostSizesToo(@ForAll @CharRange(from = '.', to = '9') @CharRange(from = 'a', to = 'z') @StringLength(max = 40) String text) {
        parsesOrRefuses(text);
    }

    private static void parsesOrRefuses(String text) {
        try {
            assertTrue(Sizes.parse(text) >= 0);
        } catch (IllegalArgumentException e) {
            assertTrue(e.getMessage().contains(text));
        }
    }

    @Property
    void bytesAndUnitsRoundTrip(@ForAll @LongRange(min = 0, max = Long.MAX_VALUE >> 50) long number) {
        List<String> units = List.of("b", "k", "m", "g", "t", "p");
        for (int i = 0; i < units.size(); i++) {
            assertEquals(number << (10 * i), Sizes.parse(number + units.get(i)));
            assertEquals(number << (10 * i), Sizes.parse((number << (10 * i)) + ""));
        }
    }

    @Property
    void textForPeopleIsASizeNearby(@ForAll @LongRange(min = 0, max = 1L << 58) long bytes) {
        long again = Sizes.parse(Sizes.text(bytes));
        assertTrue(Math.abs(again - bytes) <= bytes / 20 + 1, () -> bytes + " became " + Sizes.text(bytes));
    }

    @Test
    void forPeople() {
        assertEquals(List.of("0 B", "1023 B", "1.0 KiB", "64.0 MiB", "8.0 EiB"),
                List.of(Sizes.text(0), Sizes.text(1023), Sizes.text(1024), Sizes.text(64 << 20), Sizes.text(Long.MAX_VALUE)));
    }
}
