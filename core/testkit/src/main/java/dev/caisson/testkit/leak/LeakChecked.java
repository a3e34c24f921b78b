package dev.caisson.testkit.leak;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Every test of the class, or the one method, is followed by a {@link LeakCheck}: what it and its {@code @BeforeEach} made must be
 * gone once its {@code @AfterEach} has run. Tests under it cannot run in parallel with others of the same host.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ExtendWith(LeakCheckedExtension.class)
public @interface LeakChecked {
    /** Directories below which no file may stay. */
    String[] stateRoots() default {};

    /** What is not looked at. */
    Resource[] ignoring() default {};

    /** Regular expressions for lines of the report that are passed over. */
    String[] expecting() default {};

    /** How long what ends asynchronously may take, in milliseconds. */
    long patience() default 30_000;
}
