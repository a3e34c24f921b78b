package dev.caisson.junit5;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The tests of this class get containers: {@link Fixture}s of the class, of those around and above it, and of the classes named here. Where the host cannot run
 * containers the tests are disabled with the reason and the remedy that {@code Containers.check()} gives. When a test, or a lifecycle method around it, fails, the last lines of its
 * containers are part of the failure.
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(ContainedExtension.class)
public @interface Contained {
    /** {@return further classes whose fixtures these tests get; none by default} */
    Class<?>[] fixtures() default {};

    /** {@return whether tests fail where the host cannot run containers, instead of being disabled: for a build that must not skip them; of nested
     *     classes too; false by default} */
    boolean required() default false;
}
