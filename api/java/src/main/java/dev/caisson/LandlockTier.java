package dev.caisson;

/**
 * What {@link SandboxTier#LANDLOCK} cannot give, each by its name: without namespaces there is no other root and nothing is mounted, named or limited as a whole. Refused
 * on every host, so that a program does not find out on the one that forbids namespaces.
 */
final class LandlockTier {
    private static final long SHM_SIZE = 64L << 20;

    private LandlockTier() {}

    static void refuse(ContainerSpec spec, SpecValidator problems) {
        refuse(problems, !(spec.root() instanceof RootSource.HostRoot), "image(…) and rootfs(…)", "use hostRoot()");
        refuse(problems, !spec.name().isEmpty(), "name(…)", "");
        files(spec.files(), problems);
        process(spec.process(), problems);
        refuse(problems, !spec.identity().equals(new ContainerSpec.Identity("", "", java.util.Map.of(), java.util.List.of(), java.util.List.of(), java.util.List.of())),
                "hostname(…), domainName(…), addHost(…) and dns(…)", "");
        ContainerSpec.Security security = spec.security();
        refuse(problems, !(security.users() instanceof UserNamespace.Host), "userns(…)", "");
        refuse(problems, !security.sysctls().isEmpty(), "sysctl(…)", "");
        refuse(problems, !security.labels().equals(ContainerSpec.Labels.NONE), "apparmor(…) and selinux(…)", "");
        refuse(problems, security.timeNamespace(), "timeNamespace() and bootTimeOffset(…)", "");
        refuse(problems, !security.namespaces().ipc().isEmpty(), "ipcNone()", "");
        Resources r = spec.resources();
        Resources both = new Resources(r.memory(), 0, 0, -1, false, 0, 0, 0, 0, "", "", r.pids(), 0, java.util.List.of(), 0, 0, java.util.List.of());
        refuse(problems, !r.equals(both), "limits of cgroups but memory(…) and pids(…)", "ulimit(…) limits each process");
        refuse(problems, !spec.network().bandwidth().unlimited(), "bandwidth(…)", "");
        refuse(problems, !spec.log().driver().isEmpty(), "logDriver(…)", "");
    }

    private static void files(ContainerSpec.Files files, SpecValidator problems) {
        refuse(problems, files.readOnly() == ReadOnly.STRICT, "readOnly(STRICT)", "");
        for (Mount mount : files.mounts()) {
            boolean same = mount instanceof Mount.Bind bind && bind.readOnly() && bind.source().toString().equals(bind.target());
            refuse(problems, !same, "a mount on " + mount.target(), "bindReadOnly(…) with the same path inside lets it be read where it is; $TMPDIR can be written");
        }
        refuse(problems, !files.volumesFrom().isEmpty(), "volumesFrom(…)", "");
        refuse(problems, !files.secrets().isEmpty(), "secret(…)", "give it by stdin(…)");
        refuse(problems, files.shmSize() != SHM_SIZE, "shm(…)", "");
    }

    private static void process(ContainerSpec.Process process, SpecValidator problems) {
        refuse(problems, process.user() != null, "user(…)", "it runs as who runs the JVM, and as nobody if that is root");
        refuse(problems, !process.groups().isEmpty(), "group(…)", "");
        refuse(problems, process.init(), "init()", "orphans are reaped in any case");
        refuse(problems, process.oomScoreAdj() != 0, "oomScoreAdj(…)", "");
    }

    private static void refuse(SpecValidator problems, boolean asked, String setting, String remedy) {
        problems.require(!asked, setting, "is not to be had without namespaces, so not with sandbox(SandboxTier.LANDLOCK)", remedy.isEmpty() ? "leave it out, or use sandbox()" : remedy);
    }
}
