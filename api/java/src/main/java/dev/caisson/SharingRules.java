package dev.caisson;

/** What shared namespaces exclude. */
final class SharingRules {
    private SharingRules() {}

    static void check(ContainerSpec spec, SpecValidator problems) {
        ContainerSpec.Namespaces shared = spec.security().namespaces();
        other("ipcOf", shared.ipc(), problems);
        other("pidOf", shared.pid(), problems);
        other("utsOf", shared.uts(), problems);
        boolean ownIpc = shared.ipc().isEmpty() || shared.ipc().equals("none");
        if (!shared.uts().isEmpty()) {
            problems.require(spec.identity().hostname().isEmpty() && spec.identity().domainName().isEmpty(), "hostname(…) and domainName(…)",
                    "cannot be set in a UTS namespace that is shared", "leave them out, or utsHost()/utsOf(…)");
        }
        spec.security().sysctls().keySet().forEach(key -> {
            boolean ipc = !key.startsWith("net") && !key.endsWith("domainname");
            if (ipc && !ownIpc) {
                problems.add("sysctl(\"" + key + "\", …)", "would change the IPC namespace that is shared", "set it where the namespace is made");
            }
            if (key.endsWith("domainname") && !shared.uts().isEmpty()) {
                problems.add("sysctl(\"" + key + "\", …)", "would change the UTS namespace that is shared", "");
            }
        });
        if (!(spec.security().users() instanceof UserNamespace.Host)) {
            problems.require(ownIpc && shared.pid().isEmpty() && (shared.uts().isEmpty() || shared.uts().equals("host")) && !shared.cgroupHost(),
                    "userns(…)", "has no rights in the namespaces of others, such as ipcOf(…), pidOf(…), pidHost(), utsOf(…), cgroupHost()", "leave one out");
        }
        if (!shared.pid().isEmpty()) {
            problems.require(!spec.security().timeNamespace(), "timeNamespace()", "cannot be entered by the processes of a shared PID namespace", "leave pidOf(…) or pidHost() out");
        }
    }

    private static void other(String method, String value, SpecValidator problems) {
        if (value.startsWith("container:")) {
            String name = ContainerSpec.Namespaces.container(value);
            problems.require(SpecValidator.NAME.matcher(name).matches(), method + "(\"" + name + "\")", "is no name or id of a container", "");
        }
    }
}
