package dev.caisson.host.rootless;

import dev.caisson.ContainerException;
import dev.caisson.Engine;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;

/** What programs have in common that a test runs as an ordinary user: one method a scenario, each line it prints an answer. */
abstract class Scenarios {
    /** The root file system that was given. */
    static Path root = Path.of("/");

    /** Runs scenarios of a class with an engine of their own. @param args a root file system, then their names */
    static void run(Class<? extends Scenarios> of, String[] args) throws Exception {
        root = Path.of(args[0]);
        try (Engine engine = Engine.builder().build()) {
            for (String scenario : Arrays.asList(args).subList(1, args.length)) {
                Method method = of.getDeclaredMethod(scenario, Engine.class);
                method.invoke(null, engine);
            }
        } catch (InvocationTargetException thrown) {
            if (thrown.getCause() instanceof ContainerException e) {
                throw e;
            }
            throw thrown;
        }
    }

    static void say(String what, Object value) {
        System.out.println(what + "=" + String.valueOf(value).strip().replace('\n', '|'));
    }

    /** What came of it, or how it was refused. */
    static Object refused(Callable<?> work) {
        try {
            return "allowed: " + work.call();
        } catch (ContainerException e) {
            return e.getClass().getSimpleName() + ": " + e.getMessage();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
