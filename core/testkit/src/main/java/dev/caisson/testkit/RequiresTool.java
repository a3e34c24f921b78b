package dev.caisson.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/** Skips a test, with the remedy, when one of the programs is in no directory of {@code PATH}, {@code /usr/sbin} or {@code /sbin}. */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ExtendWith(HostConditions.class)
public @interface RequiresTool {
    /** Names of programs, such as {@code "strace"}. */
    String[] value();

    /** The Debian package to install, when it is not called as the program. */
    String debianPackage() default "";
}
