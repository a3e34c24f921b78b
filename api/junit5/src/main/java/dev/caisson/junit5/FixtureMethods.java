package dev.caisson.junit5;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/** The fixtures a test class can use, by name: its own, those of classes around and above it, and those it names. The nearest wins. */
record FixtureMethods(Map<String, Method> methods) {
    static FixtureMethods of(Class<?> test) {
        Map<String, Method> found = new LinkedHashMap<>();
        for (Class<?> place : places(test)) {
            for (Method method : place.getDeclaredMethods()) {
                if (method.isAnnotationPresent(Fixture.class)) {
                    found.putIfAbsent(checked(method).getName(), method);
                }
            }
        }
        return new FixtureMethods(Collections.unmodifiableMap(found));
    }

    private static Set<Class<?>> places(Class<?> test) {
        Set<Class<?>> places = new LinkedHashSet<>();
        List<Class<?>> shared = new ArrayList<>();
        for (Class<?> around = test; around != null; around = around.getEnclosingClass()) {
            for (Class<?> above = around; above != null && above != Object.class; above = above.getSuperclass()) {
                places.add(above);
                Contained contained = above.getAnnotation(Contained.class);
                if (contained != null) {
                    shared.addAll(List.of(contained.fixtures()));
                }
            }
        }
        places.addAll(shared);
        return places;
    }

    private static Method checked(Method method) {
        String name = "@Fixture " + method.getDeclaringClass().getName() + "." + method.getName();
        if (!Modifier.isStatic(method.getModifiers()) || method.getReturnType() != ContainerBuilder.class) {
            throw new ExtensionConfigurationException(name + " is to be static and to return a ContainerBuilder");
        }
        for (Parameter parameter : method.getParameters()) {
            if (parameter.getType() != Container.class) {
                throw new ExtensionConfigurationException(name + " can ask for other fixtures only: parameter " + parameter + " is no Container");
            }
        }
        method.setAccessible(true);
        return method;
    }

    /** The fixture a parameter means. */
    Method of(Parameter parameter) {
        From from = parameter.getAnnotation(From.class);
        if (from == null && !parameter.isNamePresent()) {
            if (methods.size() == 1) {
                return methods.values().iterator().next();
            }
            throw new ExtensionConfigurationException("which of the fixtures " + methods.keySet() + " is parameter " + parameter + "? Compile with -parameters, or say @From(\"…\")");
        }
        String name = from != null ? from.value() : parameter.getName();
        Method method = methods.get(name);
        if (method == null) {
            throw new ExtensionConfigurationException("there is no @Fixture '" + name + "' for parameter " + parameter + "; there are " + methods.keySet());
        }
        return method;
    }
}
