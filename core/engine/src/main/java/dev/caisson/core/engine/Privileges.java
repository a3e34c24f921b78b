package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.InvalidSpec;
import dev.caisson.OciSettings;
import dev.caisson.SeccompChoice;
import dev.caisson.core.plan.Memo;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.security.CapabilitySets;
import dev.caisson.core.security.seccomp.Arch;
import dev.caisson.core.security.seccomp.DefaultPolicy;
import dev.caisson.core.security.seccomp.ProfileReader;
import dev.caisson.core.security.seccomp.SeccompProgram;
import dev.caisson.core.security.seccomp.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** With which powers a process runs: capabilities, no_new_privs, and the system call filter that goes with them. */
final class Privileges {
    private static final long MAX_PROFILE = 1 << 20;

    private final Arch arch = Arch.ofMachine(System.getProperty("os.arch"));
    private final DefaultPolicy policy = new DefaultPolicy();
    private final long held;
    private final int lastCapability;
    private final Memo<Asked, PlanInput.Privilege> known = new Memo<>();

    private record Asked(ContainerSpec.Security security, boolean root) {
        /** Few are known, and most starts ask for one of two. */
        @Override
        public int hashCode() {
            return (security.capDrop().size() * 64 + security.capAdd().size()) * 4 + (security.privileged() ? 2 : 0) + (root ? 1 : 0);
        }
    }

    /** @param held what this JVM can give away, a bit per capability */
    Privileges(long held, int lastCapability) {
        this.held = held;
        this.lastCapability = lastCapability;
    }

    /** Of a container's first process. @param root whether its user is root */
    PlanInput.Privilege of(ContainerSpec spec, boolean root) {
        OciSettings oci = spec.oci();
        ContainerSpec.Security security = spec.security();
        if (oci != null) {
            return privilege(security, sets(oci.capabilities()), root);
        }
        if (security.seccomp() instanceof SeccompChoice.Profile) {
            return worked(security, root); // its file may be another by now
        }
        return known.get(new Asked(security, root), () -> worked(security, root));
    }

    private PlanInput.Privilege worked(ContainerSpec.Security security, boolean root) {
        return privilege(security, root).with(security.sandbox() && Confinement.available()).with(SecurityModules.labels(security.labels()));
    }

    private PlanInput.Privilege privilege(ContainerSpec.Security security, boolean root) {
        CapabilitySets sets = CapabilitySets.of(new CapabilitySets.Request(security.capAdd(), security.capDrop(), security.privileged(), Set.of()), held, root);
        return privilege(security, sets, root);
    }

    /**
     * Of a process executed inside.
     *
     * @param privileged whether it gets everything this JVM holds, whatever the container has ({@code docker exec --privileged})
     */
    PlanInput.Privilege ofExec(ContainerSpec spec, boolean root, boolean privileged) {
        ContainerSpec.Security security = spec.security();
        OciSettings oci = spec.oci();
        if (oci != null && !privileged) {
            return privilege(security, sets(oci.capabilities()), root);
        }
        CapabilitySets sets = CapabilitySets.of(new CapabilitySets.Request(security.capAdd(), security.capDrop(), privileged || security.privileged(), Set.of()),
                held, root);
        return privilege(security, sets, root).with(security.sandbox() && !privileged && Confinement.available()).with(SecurityModules.labels(security.labels()));
    }

    private PlanInput.Privilege privilege(ContainerSpec.Security security, CapabilitySets sets, boolean root) {
        SeccompProgram program = filter(security, sets);
        return new PlanInput.Privilege(sets.bounding(), sets.permitted(), sets.effective(), sets.inheritable(), sets.ambient(), lastCapability,
                security.noNewPrivileges(), program == null ? null : program.bpf(), program == null ? 0 : program.flags(),
                security.seccomp() instanceof SeccompChoice.Default, false);
    }

    /** A bundle's own; those this JVM does not hold cannot be given. */
    private CapabilitySets sets(OciSettings.Capabilities given) {
        long bounding = CapabilitySets.mask(given.bounding());
        if ((bounding & ~held) != 0) {
            throw new InvalidSpec("config.json process.capabilities.bounding", "has " + given.bounding().stream().filter(c -> (held >>> c.number() & 1) == 0).sorted().toList()
                    + ", which this process does not hold and so cannot give", "start the JVM with them, or leave them out");
        }
        return new CapabilitySets(bounding, CapabilitySets.mask(given.permitted()), CapabilitySets.mask(given.effective()), CapabilitySets.mask(given.inheritable()),
                CapabilitySets.mask(given.ambient()));
    }

    private @Nullable SeccompProgram filter(ContainerSpec.Security security, CapabilitySets sets) {
        if (security.seccomp() instanceof SeccompChoice.Unconfined || security.privileged() && security.seccomp() instanceof SeccompChoice.Default) {
            return null;
        }
        if (security.seccomp() instanceof SeccompChoice.Profile profile) {
            return ProfileReader.compile(read(profile.file()), Target.of(arch, sets.bounding(), System.getProperty("os.version")));
        }
        return policy.program(arch, sets.bounding());
    }

    private static byte[] read(Path file) {
        try {
            if (Files.size(file) > MAX_PROFILE) {
                throw new InvalidSpec("seccomp(" + file + ")", "is larger than " + MAX_PROFILE + " bytes", "");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new InvalidSpec("seccomp(" + file + ")", "cannot be read: " + e, "give a profile in Docker's or OCI's JSON");
        }
    }
}
