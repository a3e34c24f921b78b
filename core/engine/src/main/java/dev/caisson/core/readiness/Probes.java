package dev.caisson.core.readiness;

import dev.caisson.Readiness;
import java.util.List;
import java.util.stream.Collectors;

/** From what is wanted to who looks for it. */
final class Probes {
    private Probes() {}

    static Probe of(Readiness wanted, Watched watched) {
        if (wanted instanceof Readiness.Port port) {
            return new PortProbe(port, watched);
        } else if (wanted instanceof Readiness.Log log) {
            return new LogProbe(log, watched);
        } else if (wanted instanceof Readiness.Http http) {
            return new HttpProbe(http, watched);
        } else if (wanted instanceof Readiness.Exit exit) {
            return () -> watched.exit().filter(e -> e.exitCode() == exit.code()).isPresent() ? "" : exit.toString();
        } else if (wanted instanceof Readiness.File file) {
            return new FileProbe(file, watched);
        } else if (wanted instanceof Readiness.Command command) {
            return new CommandProbe(command, watched);
        } else if (wanted instanceof Readiness.Healthy healthy) {
            return new HealthyProbe(healthy, watched);
        } else if (wanted instanceof Readiness.Condition condition) {
            return () -> condition.test().test(watched.container()) ? "" : condition.description();
        } else if (wanted instanceof Readiness.All all) {
            return new AllProbe(each(all.parts(), watched));
        } else {
            return new AnyProbe(each(((Readiness.Any) wanted).parts(), watched));
        }
    }

    static List<Probe> each(List<Readiness> wanted, Watched watched) {
        return wanted.stream().map(w -> (Probe) new Lazily(of(w, watched))).collect(Collectors.toList());
    }
}
