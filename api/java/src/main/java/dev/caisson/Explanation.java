package dev.caisson;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What is reachable from inside a container, for people: {@link ContainerSpec#explain()}. */
final class Explanation {
    private final ContainerSpec spec;
    private final List<String> lines = new ArrayList<>();

    private Explanation(ContainerSpec spec) {
        this.spec = spec;
    }

    static String of(ContainerSpec spec) {
        return new Explanation(spec).text();
    }

    private String text() {
        files();
        who();
        powers();
        if (spec.security().sandbox() && spec.security().least() == SandboxTier.LANDLOCK) {
            line("else", "where the host forbids namespaces: LANDLOCK ALONE. Then it is a process of the host: it sees that other processes and files exist, reads /usr, /opt, /etc"
                    + " and what is bound, writes in $TMPDIR alone; no sockets; limits are for each process or for the user");
        }
        outside();
        limits();
        return String.join(System.lineSeparator(), lines);
    }

    private void line(String about, String text) {
        lines.add(String.format("%-9s %s", about, text));
    }

    private void files() {
        RootSource root = spec.root();
        if (root instanceof RootSource.Image image) {
            line("root", "the image " + image.reference() + (image.platform().isEmpty() ? "" : " for " + image.platform()));
        } else if (root instanceof RootSource.Directory directory) {
            line("root", "the host directory " + directory.path() + (directory.writable() ? ", which is written itself" : ", which is never changed"));
        } else if (root instanceof RootSource.HostRoot host) {
            line("root", "the host's own files, which are never changed" + (host.hidden().isEmpty() ? "" : "; hidden: "
                    + host.hidden().stream().map(Object::toString).collect(Collectors.joining(" "))));
        }
        line("writing", switch (spec.files().readOnly()) {
            case NO -> "everywhere; what is written goes with the container";
            case VOLATILE -> "only in /run /tmp /var/tmp /var/cache /var/lock, the image's volumes and the mounts below; it goes with the container";
            case STRICT -> "only in the mounts below";
        });
        for (Mount mount : spec.files().mounts()) {
            if (mount instanceof Mount.Bind bind) {
                line("mount", "the host's " + bind.source() + " on " + bind.target() + (bind.readOnly() ? ", read-only" : ", WRITABLE: the host keeps what is written"));
            } else if (mount instanceof Mount.Volume volume) {
                line("mount", (volume.volume().isEmpty() ? "a volume of its own" : "the volume " + volume.volume()) + " on " + volume.target()
                        + (volume.readOnly() ? ", read-only" : volume.volume().isEmpty() ? "" : ", WRITABLE: it keeps what is written"));
            } else if (mount instanceof Mount.Image image) {
                line("mount", "the image " + image.reference() + (image.subpath().isEmpty() ? "" : ", its " + image.subpath() + ",") + " on " + image.target() + ", read-only");
            } else {
                line("mount", "memory on " + mount.target());
            }
        }
        spec.files().volumesFrom().forEach(from -> line("mount", "what container " + from.container() + " has mounted" + (from.readOnly() ? ", read-only" : ", WRITABLE where it is there")));
        spec.files().secrets().forEach(secret -> line("secret", "/run/secrets/" + secret.name()));
        spec.files().devices().forEach(d -> line("device", "the host's " + d.hostPath() + " as " + d.containerPath() + " (" + d.access() + ")"));
    }

    private void who() {
        UserNamespace users = spec.security().users();
        if (users instanceof UserNamespace.KeepId keep) {
            String number = keep.user() == UserNamespace.KeepId.SAME ? "the same number" : "number " + keep.user();
            String who = keep.hostUser() == UserNamespace.KeepId.CALLER ? "the user who runs the JVM" : "user " + keep.hostUser() + " of the host";
            line("user", (spec.process().user() == null ? "" : "user " + spec.process().user() + "; ") + who.toUpperCase(java.util.Locale.ROOT) + ", who has " + number
                    + " inside; all others inside are nobody in particular on the host");
            return;
        }
        String user = spec.process().user() == null ? "the image's user, else root" : "user " + spec.process().user();
        line("user", user + (users instanceof UserNamespace.Host ? "; root inside is ROOT on the host"
                : users instanceof UserNamespace.Auto ? "; root inside is nobody in particular on the host" : "; users inside are " + users + " on the host"));
    }

    private void powers() {
        ContainerSpec.Security s = spec.security();
        if (s.privileged()) {
            line("powers", "EVERYTHING: privileged() can take over the host");
            return;
        }
        String kept = s.capDrop().contains(Capability.ALL) ? s.capAdd().isEmpty() ? "no capabilities" : "capabilities " + s.capAdd()
                : "docker's fourteen capabilities" + (s.capDrop().isEmpty() ? "" : " without " + s.capDrop()) + (s.capAdd().isEmpty() ? "" : " and " + s.capAdd());
        line("powers", kept + (s.noNewPrivileges() ? "; set-uid programs gain none" : "; set-uid programs gain them"));
        line("calls", s.seccomp() instanceof SeccompChoice.Unconfined ? "ALL system calls" : s.seccomp() instanceof SeccompChoice.Profile p ? "those of " + p.file()
                : "those of docker's policy" + (s.sandbox() ? "; no sockets bound or connected, no signals or abstract sockets beyond the container, no device nodes made "
                        + "(Landlock, where the kernel has it)" : ""));
    }

    private void outside() {
        String networks = spec.network().chosen().stream().map(ContainerSpec.Endpoint::network).collect(Collectors.joining(", "));
        line("network", networks.equals("none") ? "nothing but its own loopback" : networks.equals("host") ? "the HOST's: all its interfaces and sockets" : networks);
        if (!spec.network().egress().open()) {
            line("egress", spec.network().egress().toString());
        }
        ContainerSpec.Namespaces shared = spec.security().namespaces();
        shared("ipc", shared.ipc(), "shared memory and message queues");
        shared("pid", shared.pid(), "processes");
        shared("uts", shared.uts(), "host name");
        if (shared.cgroupHost()) {
            line("cgroups", "the HOST's whole hierarchy can be seen");
        }
        spec.network().hostPorts().forEach(p -> line("network", "port " + p.hostPort() + " of the HOST's loopback as localhost:" + p.containerPort()));
    }

    private void shared(String about, String value, String what) {
        if (!value.isEmpty() && !value.equals("none")) {
            line(about, value.equals("host") ? "the HOST's " + what : "the " + what + " of container " + ContainerSpec.Namespaces.container(value));
        }
    }

    private void limits() {
        Resources r = spec.resources();
        List<String> all = new ArrayList<>();
        all.add(r.memory() == 0 ? "no memory limit" : (r.memory() >> 20) + " MiB of memory");
        all.add(r.pids() == 0 ? "4096 processes" : r.pids() < 0 ? "no limit of processes" : r.pids() + " processes");
        if (r.nanoCpus() > 0) {
            all.add(r.nanoCpus() / 1e9 + " processors");
        }
        Rlimit.Value size = spec.process().rlimits().get(Rlimit.FSIZE);
        if (size != null && size.hard() != Rlimit.UNLIMITED) {
            all.add("files of " + (size.hard() >> 20) + " MiB");
        }
        if (!spec.network().bandwidth().unlimited()) {
            all.add(spec.network().bandwidth() + " on each network");
        }
        all.add((spec.life().outputLimit() >> 20) + " MiB of output by execute()");
        all.add(spec.life().timeout() == null ? "no time limit" : spec.life().timeout().toMillis() / 1000.0 + " s");
        line("limits", String.join(", ", all));
    }
}
