package dev.caisson.junit5;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Containers;
import dev.caisson.HostReport;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** What {@link Contained} does. */
public final class ContainedExtension implements ExecutionCondition, ParameterResolver, AfterTestExecutionCallback, LifecycleMethodExecutionExceptionHandler {
    private static final ExtensionContext.Namespace STORE = ExtensionContext.Namespace.create(ContainedExtension.class);
    private static final String CHECK = "check";
    private static final String USED = "used";

    /** For JUnit. */
    public ContainedExtension() {}

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        HostReport report = context.getRoot().getStore(STORE).getOrComputeIfAbsent(CHECK, key -> Containers.check(), HostReport.class);
        if (report.usable() || context.getTestClass().filter(ContainedExtension::required).isPresent()) {
            return ConditionEvaluationResult.enabled("this host can run containers");
        }
        String missing = report.facts().stream().filter(f -> !f.ok() && f.grade() == HostReport.Grade.REQUIRED)
                .map(f -> f.name() + ": " + f.detail() + (f.remedy().isEmpty() ? "" : " (remedy: " + f.remedy() + ")")).collect(Collectors.joining("; "));
        return ConditionEvaluationResult.disabled("this host cannot run containers: " + missing);
    }

    /** By itself, or by the nearest of the classes around it that says so. */
    private static boolean required(Class<?> test) {
        Contained contained = test.getAnnotation(Contained.class);
        Class<?> around = test.getEnclosingClass();
        return contained != null ? contained.required() : around != null && required(around);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Container.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        FixtureMethods fixtures = FixtureMethods.of(context.getRequiredTestClass());
        return started(fixtures, fixtures.of(parameter.getParameter()), context, new ArrayList<>()).container();
    }

    /** From the store of its scope, where it is started once however many threads ask. @param waiting fixtures that need it, to see circles */
    private RunningFixture started(FixtureMethods fixtures, Method method, ExtensionContext context, List<Method> waiting) {
        if (waiting.contains(method)) {
            throw new ExtensionConfigurationException("fixtures need each other in a circle: " + waiting.stream().map(Method::getName).toList() + " and " + method.getName());
        }
        List<Method> path = new ArrayList<>(waiting);
        path.add(method);
        ExtensionContext scope = scope(method, context);
        RunningFixture fixture = scope.getStore(STORE).getOrComputeIfAbsent(method, m -> start(fixtures, m, context, path), RunningFixture.class);
        used(context).put(method.toString(), fixture);
        return fixture;
    }

    private RunningFixture start(FixtureMethods fixtures, Method method, ExtensionContext context, List<Method> path) {
        Parameter[] parameters = method.getParameters();
        Object[] others = new Object[parameters.length];
        for (int i = 0; i < parameters.length; i++) {
            others[i] = started(fixtures, fixtures.of(parameters[i]), context, path).container();
        }
        try {
            return new RunningFixture(method.getName(), ((ContainerBuilder) method.invoke(null, others)).run());
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new ExtensionConfigurationException("@Fixture " + method.getName() + " failed", e.getCause());
        } catch (IllegalAccessException e) {
            throw new ExtensionConfigurationException("@Fixture " + method.getName() + " cannot be called", e);
        }
    }

    /** The class that declares the fixture, or the outermost test class where it is another's. */
    private static ExtensionContext scope(Method method, ExtensionContext context) {
        Scope scope = method.getAnnotation(Fixture.class).scope();
        if (scope == Scope.SUITE) {
            return context.getRoot();
        }
        if (scope == Scope.METHOD) {
            return context;
        }
        ExtensionContext best = context;
        for (Optional<ExtensionContext> at = Optional.of(context); at.isPresent(); at = at.get().getParent()) {
            if (at.get().getTestMethod().isEmpty() && at.get().getTestClass().isPresent()) {
                best = at.get();
                if (best.getRequiredTestClass() == method.getDeclaringClass()) {
                    return best;
                }
            }
        }
        return best;
    }

    /** What a test and the lifecycle methods around it were given. */
    @SuppressWarnings("unchecked")
    private static Map<String, RunningFixture> used(ExtensionContext context) {
        return (Map<String, RunningFixture>) context.getStore(STORE).getOrComputeIfAbsent(USED, key -> new ConcurrentHashMap<String, RunningFixture>(), Map.class);
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        context.getExecutionException().ifPresent(failure -> explain(failure, context));
    }

    @Override
    public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        throw explain(failure, context);
    }

    @Override
    public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        throw explain(failure, context);
    }

    @Override
    public void handleAfterEachMethodExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        throw explain(failure, context);
    }

    @Override
    public void handleAfterAllMethodExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        throw explain(failure, context);
    }

    private static Throwable explain(Throwable failure, ExtensionContext context) {
        for (Optional<ExtensionContext> at = Optional.of(context); at.isPresent(); at = at.get().getParent()) {
            for (RunningFixture fixture : used(at.get()).values()) {
                Container container = fixture.container();
                failure.addSuppressed(new LastLines(fixture.name(), container.state().toString(), container.logs()));
            }
        }
        return failure;
    }
}
