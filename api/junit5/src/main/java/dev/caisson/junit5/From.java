package dev.caisson.junit5;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The fixture of a parameter, by its method's name, where that is not the parameter's own, or names of parameters are not compiled in (javac -parameters). */
@Documented
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
public @interface From {
    /** {@return the name of the fixture's method} */
    String value();
}
