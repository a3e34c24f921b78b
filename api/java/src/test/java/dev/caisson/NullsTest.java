package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whoever hands null to a method of a builder is told which method that was, and never by a NullPointerException, now or when the spec is made. */
class NullsTest {
    private record Refusal(Class<?> type, Supplier<?> builder, Method method, int index, boolean inside) {
        /** Null, or what has a null inside. */
        Object value() {
            Class<?> wanted = method.getParameterTypes()[index];
            return !inside ? null : wanted.isArray() ? Array.newInstance(wanted.getComponentType(), 1) : new HashMap<>(Collections.singletonMap("key", null));
        }

        @Override
        public String toString() {
            return type.getSimpleName() + "." + BuilderEffectsTest.signature(method) + " " + index + (inside ? " inside" : "");
        }
    }

    private static final Map<Class<?>, Supplier<?>> BUILDERS = Map.ofEntries(
            Map.entry(ContainerBuilder.class, IdleEngine::image),
            Map.entry(ExecBuilder.class, () -> new ExecBuilder(List.of("id"), spec -> {
                throw new AssertionError("it is not started");
            })),
            Map.entry(HealthBuilder.class, () -> new HealthBuilder(new SpecValidator())),
            Map.entry(EgressBuilder.class, EgressBuilder::new),
            Map.entry(NetworkBuilder.class, NetworkBuilder::new),
            Map.entry(NetworkEndpoint.class, () -> new NetworkEndpoint("app")),
            Map.entry(OverlayBuilder.class, OverlayBuilder::new),
            Map.entry(PodBuilder.class, IdleEngine::pod),
            Map.entry(Engine.Builder.class, Engine::builder),
            Map.entry(RegistryAccess.class, () -> RegistryAccess.of("example.org")),
            Map.entry(RegistryServer.Builder.class, () -> Registry.serve(Path.of("/srv"))),
            Map.entry(ContentTrust.class, ContentTrust::enforced));

    static Stream<Refusal> refusals() {
        List<Refusal> all = new ArrayList<>();
        BUILDERS.forEach((type, builder) -> {
            for (Method method : type.getMethods()) {
                if (method.getDeclaringClass() == Object.class || method.getName().equals("equals")) {
                    continue;
                }
                Class<?>[] parameters = method.getParameterTypes();
                for (int i = 0; i < parameters.length; i++) {
                    if (!parameters[i].isPrimitive()) {
                        all.add(new Refusal(type, builder, method, i, false));
                        if (Object[].class.isAssignableFrom(parameters[i]) || parameters[i] == Map.class) {
                            all.add(new Refusal(type, builder, method, i, true));
                        }
                    }
                }
            }
        });
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void nullIsRefusedByTheNameOfTheMethod(Refusal each) {
        Class<?>[] types = each.method().getParameterTypes();
        Object[] arguments = IntStream.range(0, types.length).mapToObj(i -> i == each.index() ? each.value() : any(types[i])).toArray();
        each.method().setAccessible(true); // of a class that is public by its subclass alone
        Object builder = Modifier.isStatic(each.method().getModifiers()) ? null : each.builder().get();
        InvalidSpec refused = assertThrows(InvalidSpec.class, () -> {
            try {
                each.method().invoke(builder, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
            if (builder instanceof ContainerBuilder container) {
                container.spec();
            }
        }, each::toString);
        InvalidSpec.Problem problem = refused.problems().get(0);
        assertTrue(problem.field().startsWith(each.method().getName() + "(") && problem.field().contains("null"), refused.getMessage());
        assertTrue(!problem.why().isEmpty() && !problem.remedy().isEmpty(), problem.toString());
    }

    @Test
    void whatStandsBesideItIsNotShown() {
        InvalidSpec refused = assertThrows(InvalidSpec.class, () -> IdleEngine.image().label("note", null));
        assertEquals("label(…, null)", refused.problems().get(0).field());
        assertEquals("command(…, null)", assertThrows(InvalidSpec.class, () -> IdleEngine.image().command("sh", null)).problems().get(0).field());
        assertEquals("logDriver(…, {…=null})", assertThrows(InvalidSpec.class, () -> IdleEngine.image().logDriver("splunk", new HashMap<>(Collections.singletonMap("splunk-token", null)))).problems().get(0).field());
        assertEquals("egress(allow(null))", assertThrows(InvalidSpec.class, () -> IdleEngine.image().egress(e -> e.allow(null)).spec()).problems().get(0).field());
    }

    @Test
    void soAreTheWaysToABuilder() {
        Engine engine = IdleEngine.engine();
        assertEquals("image(null)", assertThrows(InvalidSpec.class, () -> engine.image(null)).problems().get(0).field());
        assertEquals("rootfs(null)", assertThrows(InvalidSpec.class, () -> engine.rootfs(null)).problems().get(0).field());
        assertEquals("bundle(null)", assertThrows(InvalidSpec.class, () -> engine.bundle(null)).problems().get(0).field());
        assertEquals("pod(null)", assertThrows(InvalidSpec.class, () -> engine.pod((String) null)).problems().get(0).field());
    }

    private static Object any(Class<?> type) {
        if (type == int.class) {
            return 1;
        }
        if (type == long.class) {
            return 1L;
        }
        if (type == boolean.class) {
            return true;
        }
        if (type == double.class) {
            return 1.0;
        }
        if (type == String.class) {
            return "a";
        }
        if (type == Path.class) {
            return Path.of("/a");
        }
        if (type == Duration.class) {
            return Duration.ofSeconds(1);
        }
        if (type == Map.class) {
            return Map.of();
        }
        if (type.isEnum()) {
            return type.getEnumConstants()[0];
        }
        if (type.isArray()) {
            return Array.newInstance(type.getComponentType(), 0);
        }
        if (type.isInterface()) {
            return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, values) -> null);
        }
        return "what stands alone needs no neighbour";
    }
}
