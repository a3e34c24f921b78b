package dev.caisson.core.image;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageBuilder;
import dev.caisson.InvalidSpec;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Null is refused by every method of the image builder, by its name. */
class ImageNullsTest extends ImageRoom {
    private static final Map<Class<?>, Object> ANY = Map.of(String.class, "/a", Path.class, Path.of("/a"), byte[].class, new byte[0], int.class, 1, List.class, List.of());

    @Test
    void nullIsRefusedByTheNameOfTheMethod() throws ReflectiveOperationException {
        int tried = 0;
        for (Method method : ImageBuilder.class.getMethods()) {
            for (int i = 0; i < method.getParameterCount(); i++) {
                if (method.getParameterTypes()[i].isPrimitive()) {
                    continue;
                }
                Object[] arguments = Arrays.stream(method.getParameterTypes()).map(ANY::get).toArray();
                arguments[i] = null;
                InvocationTargetException thrown = assertThrows(InvocationTargetException.class, () -> method.invoke(draft(null), arguments), method::toString);
                InvalidSpec refused = assertInstanceOf(InvalidSpec.class, thrown.getCause(), method::toString);
                assertTrue(refused.problems().get(0).field().startsWith(method.getName() + "(") && refused.getMessage().contains("null"), refused.getMessage());
                tried++;
            }
        }
        assertTrue(tried > 15, "only " + tried);
        assertThrows(InvalidSpec.class, () -> draft(null).command("sh", null));
    }
}
