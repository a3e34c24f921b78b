package dev.caisson.junit5;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A static method that says what a container of the tests is to be. It returns a {@link dev.caisson.ContainerBuilder}; its parameters of type
 * {@link dev.caisson.Container} are other fixtures, which are started before. The container is started when a test, a lifecycle method, a constructor or another
 * fixture asks for it by a parameter of type {@code Container} with the method's name, and removed at the end of its scope.
 *
 * <pre>{@code
 * @Contained
 * class OrdersTest {
 *     @Fixture(scope = Scope.CLASS)
 *     static ContainerBuilder postgres() {
 *         return Containers.image("postgres").networkHost().waitFor(Readiness.port(5432));
 *     }
 *
 *     @Test
 *     void stores(Container postgres) { ... }
 * }
 * }</pre>
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Fixture {
    /** {@return how long the container lives; for one test by default} */
    Scope scope() default Scope.METHOD;
}
