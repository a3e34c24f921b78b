package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.UserNamespace;
import java.util.List;

/** What a container of an ordinary user cannot have, each by its name. */
final class RootlessRules {
    private static final String AS_ROOT = "run the JVM as root, or leave it out";

    private RootlessRules() {}

    /** @throws UnsupportedOnThisHost if the JVM is an ordinary user and the kernel does not let one give this container what it asks for */
    static void check(ContainerSpec spec, Powers powers) {
        SecurityModules.labels(spec.security().labels()); // before anything is made, for root as well
        if (!powers.rootless()) {
            return;
        }
        ContainerSpec.Security security = spec.security();
        refuse(security.users() instanceof UserNamespace.Auto && !security.sandbox(), "userns(auto()): his subordinate ids are not so many that each container could have 65,536 whom "
                + "no other has", "leave it out: every container of an ordinary user has a user namespace of its own, with keepId() such that he is himself inside, with map(…) such that its "
                + "users are those of his subordinate ids that are chosen");
        powers.kept(security.users());
        refuse(security.privileged(), "privileged(): an ordinary user has no powers over the host to give away", AS_ROOT);
        refuse(!spec.files().devices().isEmpty(), "device(…): device nodes cannot be made in a user namespace (mknod(2))",
                "bind(Path.of(\"/dev/NAME\"), \"/dev/NAME\") shows one that this user may open");
        for (ContainerSpec.Endpoint endpoint : spec.network().chosen()) {
            String network = endpoint.network();
            refuse(!List.of("none", "host", "bridge", "slirp4netns", "pasta").contains(network) || spec.network().endpoints().size() > 1, "network '" + network + "': an ordinary user has no power over the "
                    + "host's network namespace, nor one container's over another's", "network(\"bridge\"), which is one of the container's alone, networkNone() or networkHost()");
        }
        refuse(SharedNamespaces.shared(spec), "ipcHost(), ipcOf(…), pidHost(), pidOf(…) or utsOf(…): each has a user namespace of its own, without rights in the namespaces of others", AS_ROOT);
        refuse(spec.process().oomScoreAdj() < 0, "oomScoreAdj(" + spec.process().oomScoreAdj() + "): lowering it takes CAP_SYS_RESOURCE", AS_ROOT);
        refuse(!powers.ids().orElseThrow().subordinate() && !spec.process().groups().isEmpty(), "groups: "
                + powers.ids().orElseThrow().without() + ", and without ids of its own a user namespace may not set groups (user_namespaces(7))",
                powers.ids().orElseThrow().remedy());
    }

    private static void refuse(boolean asked, String what, String remedy) {
        if (asked) {
            throw new UnsupportedOnThisHost(Stage.VALIDATE, "the JVM is an ordinary user, whose containers cannot have " + what, remedy);
        }
    }
}
