package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.HealthCheck;
import dev.caisson.InvalidSpec;
import dev.caisson.RestartPolicy;
import dev.caisson.Stdin;

/** What {@code execute()}, which waits for the end, has no use for. */
final class ExecuteRules {
    private ExecuteRules() {}

    static void check(ContainerSpec spec) {
        ContainerSpec.Life life = spec.life();
        refuse("waitFor(…)", !life.readiness().isEmpty());
        refuse("health(…)", !life.health().equals(HealthCheck.OF_IMAGE) && !life.health().equals(HealthCheck.NONE));
        refuse("interactive()", spec.process().stdin() instanceof Stdin.Open);
        refuse("detached()", life.detached());
        refuse("restart(" + life.restart() + ")", !life.restart().equals(RestartPolicy.no()));
    }

    /** What {@code run()} and {@code create()} have no use for: a sandbox that may have no namespaces has nothing that a handle could be on. */
    static void checkHandle(ContainerSpec spec) {
        if (LandlockRun.allowed(spec)) {
            throw new InvalidSpec("sandbox(SandboxTier.LANDLOCK)", "is for execute(), on every host", "use execute(), or sandbox()");
        }
    }

    private static void refuse(String method, boolean given) {
        if (given) {
            throw new InvalidSpec(method, "is for run(): execute() waits for the end", "use run(), or leave it out");
        }
    }
}
