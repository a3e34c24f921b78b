package dev.caisson.core.engine;

import dev.caisson.Container;
import dev.caisson.ContainerSpec;
import dev.caisson.Engine;
import dev.caisson.InvalidSpec;
import dev.caisson.VolumesFrom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Several containers started at once, in the order in which they need each other; all of them or none. */
final class StartTogether {
    private static final String CONTAINER = "container:";

    private final LocalEngine engine;
    private final List<ContainerSpec> specs;
    private final Map<String, Integer> named = new HashMap<>();
    private final List<CompletableFuture<Container>> underWay = new ArrayList<>();
    private boolean givenUp;

    StartTogether(LocalEngine engine, List<ContainerSpec> specs) {
        this.engine = engine;
        this.specs = specs;
        for (int i = 0; i < specs.size(); i++) {
            String name = specs.get(i).name();
            if (!name.isEmpty() && named.put(name, i) != null) {
                throw new InvalidSpec("startAll(…)", "has two containers named '" + name + "'", "names are unique");
            }
        }
    }

    List<Container> start() {
        List<Set<Integer>> needs = specs.stream().map(this::needs).toList();
        List<CompletableFuture<Container>> all = new ArrayList<>();
        for (int i = 0; i < specs.size(); i++) {
            all.add(null);
        }
        for (int i : order(needs)) {
            ContainerSpec spec = specs.get(i);
            CompletableFuture<?>[] before = needs.get(i).stream().map(all::get).toArray(CompletableFuture[]::new);
            all.set(i, CompletableFuture.allOf(before).thenCompose(ready -> begin(spec)));
        }
        CompletableFuture<Void> done = CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
        all.forEach(each -> each.whenComplete((container, failure) -> {
            if (failure != null) {
                done.completeExceptionally(cause(failure)); // at once, whatever the others do
            }
        }));
        try {
            Waiting.await(done, "the start of " + specs.size() + " containers", () -> { });
            return all.stream().map(CompletableFuture::join).toList();
        } catch (RuntimeException | Error e) {
            giveUp(e);
            throw e;
        }
    }

    private static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof java.util.concurrent.CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private synchronized CompletableFuture<Container> begin(ContainerSpec spec) {
        if (givenUp) {
            return CompletableFuture.failedFuture(new java.util.concurrent.CancellationException());
        }
        CompletableFuture<Container> start = engine.runAsync(spec);
        underWay.add(start);
        return start;
    }

    private void giveUp(Throwable because) {
        List<CompletableFuture<Container>> started;
        synchronized (this) {
            givenUp = true;
            started = List.copyOf(underWay);
        }
        started.forEach(start -> start.cancel(false)); // its container is killed, and removed by who starts it
        for (int i = started.size() - 1; i >= 0; i--) {
            CompletableFuture<Container> start = started.get(i);
            if (!start.isCompletedExceptionally()) {
                try {
                    start.join().remove();
                } catch (RuntimeException e) {
                    because.addSuppressed(e);
                }
            }
        }
    }

    /** Indices of those that a container needs. */
    private Set<Integer> needs(ContainerSpec spec) {
        Set<String> names = new LinkedHashSet<>();
        spec.network().endpoints().stream().map(ContainerSpec.Endpoint::network).filter(n -> n.startsWith(CONTAINER)).map(n -> n.substring(CONTAINER.length())).forEach(names::add);
        ContainerSpec.Namespaces shared = spec.security().namespaces();
        List.of(shared.ipc(), shared.pid(), shared.uts()).stream().map(ContainerSpec.Namespaces::container).filter(n -> !n.isEmpty()).forEach(names::add);
        spec.files().volumesFrom().stream().map(VolumesFrom::container).forEach(names::add);
        for (String name : spec.labels().getOrDefault(Engine.AFTER, "").split(",")) {
            if (!name.isBlank()) {
                names.add(name.strip());
            }
        }
        Set<Integer> needed = new LinkedHashSet<>();
        for (String name : names) {
            Integer index = named.get(name);
            if (index != null) {
                needed.add(index);
            } else if (engine.table().find(name).isEmpty()) {
                throw new InvalidSpec("startAll(…)", "container '" + spec.name() + "' needs '" + name + "', which is neither among those to be started nor a container of this engine",
                        "give that one too, by its name(…)");
            }
        }
        return needed;
    }

    /** Those first that need nobody who is not there yet. */
    private List<Integer> order(List<Set<Integer>> needs) {
        Set<Integer> order = new LinkedHashSet<>();
        while (order.size() < specs.size()) {
            int before = order.size();
            for (int i = 0; i < specs.size(); i++) {
                if (!order.contains(i) && order.containsAll(needs.get(i))) {
                    order.add(i);
                }
            }
            if (order.size() == before) {
                List<String> left = new ArrayList<>();
                for (int i = 0; i < specs.size(); i++) {
                    if (!order.contains(i)) {
                        left.add("'" + specs.get(i).name() + "'");
                    }
                }
                throw new InvalidSpec("startAll(…)", "the containers " + String.join(", ", left) + " wait for each other", "leave one of the dependencies out");
            }
        }
        return List.copyOf(order);
    }
}
