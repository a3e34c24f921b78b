package dev.caisson;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a pod is to be: an immutable value, made by {@link PodBuilder#spec()}.
 *
 * @param holder the container that holds the namespaces, its ports and networks, and has the pod's name; its root and its program are the engine's
 * @param sharePid whether its containers see each other's processes
 * @param containers those it begins with, in the order of starting
 */
public record PodSpec(ContainerSpec holder, boolean sharePid, List<ContainerSpec> containers) {
    /** The label that says which pod a container is of. */
    public static final String LABEL = "dev.caisson.pod";

    /** The list is copied. */
    public PodSpec {
        containers = List.copyOf(containers);
    }

    /** {@return the pod's name} */
    public String name() {
        return holder.name();
    }

    /**
     * A container as one of this pod: with its network, IPC and UTS namespaces.
     *
     * @param spec any that was made by {@link ContainerBuilder#spec()}
     * @return a copy, with the label {@value #LABEL}
     * @throws InvalidSpec listing what the container says that is the pod's to say
     */
    public ContainerSpec member(ContainerSpec spec) {
        List<InvalidSpec.Problem> problems = new ArrayList<>();
        ContainerSpec.Network network = spec.network();
        refuse(!network.ports().isEmpty() || network.publishAll(), "port(…)", problems);
        refuse(!network.endpoints().isEmpty(), "network(…)", problems);
        refuse(!network.hostPorts().isEmpty(), "exposeHostPort(…)", problems);
        refuse(!network.bandwidth().unlimited(), "bandwidth(…)", problems);
        refuse(!network.egress().open(), "egress(…)", problems);
        ContainerSpec.Identity identity = spec.identity();
        refuse(!identity.hostname().isEmpty() || !identity.domainName().isEmpty(), "hostname(…)", problems);
        refuse(!identity.extraHosts().isEmpty(), "addHost(…)", problems);
        refuse(!identity.dns().isEmpty() || !identity.dnsSearch().isEmpty() || !identity.dnsOptions().isEmpty(), "dns(…)", problems);
        ContainerSpec.Security security = spec.security();
        ContainerSpec.Namespaces own = security.namespaces();
        refuse(!own.ipc().isEmpty() || !own.pid().isEmpty() || !own.uts().isEmpty(), "ipcOf(…), pidOf(…), utsOf(…)", problems);
        refuse(!security.sysctls().isEmpty(), "sysctl(…)", problems);
        if (security.sandbox() || !(security.users() instanceof UserNamespace.Host)) {
            problems.add(new InvalidSpec.Problem(security.sandbox() ? "sandbox()" : "userns(…)", "is not for containers of a pod: a user namespace of its own has no rights in the pod's namespaces",
                    "leave it out, or run it by itself"));
        }
        if (spec.oci() != null) {
            problems.add(new InvalidSpec.Problem("bundle(Path)", "is not for containers of a pod: it says itself which namespaces it has", "name the namespaces of the pod's holder in it by path"));
        }
        if (!problems.isEmpty()) {
            throw new InvalidSpec(problems);
        }
        String other = "container:" + name();
        Map<String, String> labels = new LinkedHashMap<>(spec.labels());
        labels.put(LABEL, name());
        return new ContainerSpec(spec.root(), spec.name(), labels, spec.annotations(), spec.process(), spec.files(), identity,
                new ContainerSpec.Security(security.capAdd(), security.capDrop(), security.privileged(), security.noNewPrivileges(), security.seccomp(), security.sysctls(),
                        security.timeNamespace(), security.bootTimeOffset(), security.users(), new ContainerSpec.Namespaces(other, sharePid ? other : "", other, own.cgroupHost()), false, security.least(), security.labels()),
                spec.resources(), new ContainerSpec.Network(List.of(new ContainerSpec.Endpoint(other, "", List.of())), List.of(), false, List.of(), network.exposed(), network.bandwidth(), network.egress()),
                spec.log(), spec.life(), null);
    }

    private static void refuse(boolean given, String field, List<InvalidSpec.Problem> problems) {
        if (given) {
            problems.add(new InvalidSpec.Problem(field, "is the pod's to say", "say it on pod(…)"));
        }
    }
}
