package dev.caisson.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class UndoStackTest {
    private final UndoStack undo = new UndoStack();
    private final List<String> done = new ArrayList<>();

    private RuntimeException failing(String name) {
        RuntimeException e = new IllegalStateException(name);
        undo.push(name, () -> {
            done.add(name);
            throw e;
        });
        return e;
    }

    @Test
    void lastFirstAndOnce() {
        undo.push("a", () -> done.add("a"));
        undo.push("b", () -> done.add("b"));
        assertNull(undo.unwind(null));
        assertNull(undo.unwind(null));
        assertEquals(List.of("b", "a"), done);
    }

    @Test
    void allRunWhateverTheOthersDo() {
        undo.push("first", () -> done.add("first"));
        RuntimeException second = failing("second");
        RuntimeException third = failing("third");
        assertSame(third, undo.unwind(null), "the first that failed, the last pushed");
        assertEquals(List.of("third", "second", "first"), done);
        assertEquals(List.of(second), Arrays.asList(third.getSuppressed()));
    }

    @Test
    void theFailureBeforeStaysTheOneThatIsTold() {
        RuntimeException own = failing("undo");
        Exception before = new Exception("before");
        assertNull(undo.unwind(before));
        assertEquals(List.of(own), Arrays.asList(before.getSuppressed()));
    }

    @Test
    void aFailureIsNotSuppressedByItself() {
        RuntimeException same = failing("same");
        assertNull(undo.unwind(same));
        assertEquals(0, same.getSuppressed().length);
    }

    @Test
    void whatIsPushedWhileUnwindingIsUndoneToo() {
        undo.push("a", () -> undo.push("late", () -> done.add("late")));
        undo.unwind(null);
        assertEquals(List.of("late"), done);
    }

    @Test
    void resourcesAreClosedOnTheWayBack() {
        AutoCloseable resource = undo.closing("the pipe", () -> {
            done.add("closed");
            throw new IOException("EIO");
        });
        assertEquals(List.of(), done);
        RuntimeException e = undo.unwind(null);
        assertEquals(List.of("closed"), done);
        assertEquals("closing the pipe", e.getMessage());
        assertEquals("EIO", e.getCause().getMessage());
        assertSame(resource, undo.closing("again", resource));
    }
}
