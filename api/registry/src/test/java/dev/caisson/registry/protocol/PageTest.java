package dev.caisson.registry.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

class PageTest {
    @Property
    void pageByPageIsAllOfItOnce(@ForAll @Size(max = 40) Set<@AlphaChars @StringLength(min = 1, max = 4) String> names, @ForAll @IntRange(min = 1, max = 7) int n) {
        TreeSet<String> all = new TreeSet<>(names);
        List<String> seen = new ArrayList<>();
        String query = "n=" + n;
        for (int pages = 0; !query.isEmpty(); pages++) {
            Page page = Page.of(all, Query.parse(query));
            assertTrue(page.items().size() <= n && pages <= names.size());
            seen.addAll(page.items());
            query = page.next();
        }
        assertEquals(List.copyOf(all), seen);
    }

    @Example
    void numbers() {
        TreeSet<String> all = new TreeSet<>(List.of("a", "b"));
        assertEquals(2, Page.of(all, Query.parse("n=99999999999999999999")).items().size());
        assertEquals(new Page(List.of(), ""), Page.of(all, Query.parse("n=0")));
        assertThrows(Fault.class, () -> Page.of(all, Query.parse("n=")));
        assertThrows(Fault.class, () -> Page.of(all, Query.parse("n=-1")));
        assertThrows(Fault.class, () -> Query.parse("n=%zz"));
        assertThrows(Fault.class, () -> Query.parse("a&".repeat(65)));
    }
}
