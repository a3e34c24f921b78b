package dev.caisson.core.engine;

import dev.caisson.Container;
import dev.caisson.ContainerFilter;
import dev.caisson.ContainerList;
import dev.caisson.ContainerSpec;
import dev.caisson.EngineProblem;
import dev.caisson.Mount;
import dev.caisson.Pruned;
import dev.caisson.RootSource;
import dev.caisson.SpaceUsage;
import dev.caisson.Stage;
import dev.caisson.core.spec.Targets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The containers of an engine at one moment. */
final class ContainerSnapshot extends AbstractList<Container> implements ContainerList {
    private final LiveContainers table;
    private final List<LiveContainer> all;

    ContainerSnapshot(LiveContainers table) {
        this.table = table;
        this.all = table.all().stream().sorted(Comparator.comparingLong(c -> c.run().chronicle().order())).toList();
    }

    @Override
    public Container get(int index) {
        return all.get(index);
    }

    @Override
    public int size() {
        return all.size();
    }

    @Override
    public List<Container> list(ContainerFilter filter) {
        Map<ContainerFilter.Kind, List<String>> conditions = filter.conditions();
        for (ContainerFilter.Kind kind : List.of(ContainerFilter.Kind.BEFORE, ContainerFilter.Kind.SINCE)) {
            conditions.getOrDefault(kind, List.of()).forEach(this::order); // a container that is not there is an error, as docker has it
        }
        return all.stream().filter(c -> conditions.entrySet().stream().allMatch(e -> matches(c, e.getKey(), e.getValue()))).map(Container.class::cast).toList();
    }

    private long order(String container) {
        return table.find(container).orElseThrow(() -> new EngineProblem(Stage.VALIDATE, "there is no container '" + container + "' to compare with",
                "give the name or id of a container of this engine")).run().chronicle().order();
    }

    private boolean matches(LiveContainer c, ContainerFilter.Kind kind, List<String> values) {
        ContainerSpec spec = c.spec();
        if (kind == ContainerFilter.Kind.LABEL) {
            return values.stream().allMatch(v -> label(spec.labels(), v));
        }
        return values.stream().anyMatch(v -> switch (kind) {
            case ID -> c.id().startsWith(v);
            case NAME -> c.name().contains(v);
            case LABEL -> label(spec.labels(), v);
            case STATUS -> c.state().name().equals(v);
            case EXITED -> c.exitStatus().filter(e -> Integer.toString(e.exitCode()).equals(v)).isPresent();
            case ANCESTOR -> spec.root() instanceof RootSource.Image image && image.reference().equals(v) || v.equals(c.run().chronicle().image().id());
            case BEFORE -> c.run().chronicle().order() < order(v);
            case SINCE -> c.run().chronicle().order() > order(v);
            case NETWORK -> c.networks().contains(v) || spec.network().chosen().stream().anyMatch(e -> e.network().equals(v));
            case PUBLISH -> published(c, v);
            case EXPOSE -> published(c, v) || spec.network().exposed().stream().anyMatch(p -> port(p, v)) || c.run().chronicle().image().exposed().stream().anyMatch(p -> port(p, v));
            case VOLUME -> spec.files().mounts().stream().anyMatch(m -> m instanceof Mount.Volume volume && volume.volume().equals(v) || Targets.clean(m.target()).equals(v));
            case HEALTH -> c.health().status().name().equals(v);
        });
    }

    private static boolean label(Map<String, String> labels, String wanted) {
        return labels.containsKey(wanted) || labels.entrySet().stream().anyMatch(l -> wanted.equals(l.getKey() + "=" + l.getValue()));
    }

    private static boolean published(LiveContainer c, String port) {
        return c.run().connections().ports().stream().anyMatch(p -> Integer.toString(p.containerPort()).equals(port));
    }

    private static boolean port(String exposed, String number) {
        return exposed.replaceFirst("/.*", "").equals(number);
    }

    @Override
    public Optional<Container> find(String nameOrId) {
        return table.find(nameOrId).map(Container.class::cast);
    }

    /** What its own directory holds. */
    private static long bytes(RunContext run) {
        try (Stream<Path> files = Files.walk(run.engine().home().state().resolve("containers").resolve(run.id()))) {
            return files.mapToLong(file -> {
                try {
                    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).size();
                } catch (IOException e) {
                    return 0;
                }
            }).sum();
        } catch (IOException | java.io.UncheckedIOException e) {
            return 0; // it is going, or not ours to read
        }
    }

    @Override
    public SpaceUsage usage() {
        int active = 0;
        long total = 0;
        long idle = 0;
        for (LiveContainer each : all) {
            Container.State state = each.state();
            long bytes = bytes(each.run());
            boolean idles = state == Container.State.CREATED || state == Container.State.EXITED || state == Container.State.REMOVED;
            active += idles ? 0 : 1;
            total += bytes;
            idle += idles ? bytes : 0;
        }
        return new SpaceUsage(all.size(), active, total, idle);
    }

    @Override
    public Pruned prune(ContainerFilter filter) {
        List<String> removed = new ArrayList<>();
        long bytes = 0;
        for (Container each : list(filter)) {
            LiveContainer idle = (LiveContainer) each;
            Container.State state = idle.state();
            if (state == Container.State.CREATED || state == Container.State.EXITED) {
                long held = bytes(idle.run());
                if (idle.removed(false, true)) { // else somebody has started it meanwhile
                    removed.add(idle.id());
                    bytes += held;
                }
            }
        }
        return new Pruned(removed, bytes);
    }
}
