package dev.caisson.core.security.seccomp;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The engine's own policy in the words of the OCI runtime specification (config-linux.md, "Seccomp"), for other runtimes. */
public final class ProfileWriter {
    private ProfileWriter() {}

    /** The default policy, for a container with these capabilities. */
    public static ObjectNode defaultPolicy(Arch arch, long bounding) {
        return write(DefaultPolicy.profile(arch, bounding));
    }

    static ObjectNode write(SeccompProfile profile) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        action(json, "defaultAction", "defaultErrnoRet", profile.defaultAction());
        ArrayNode architectures = json.putArray("architectures");
        profile.architectures().forEach(a -> architectures.add(a.token()));
        ArrayNode flags = json.putArray("flags");
        if ((profile.flags() & SeccompProfile.FLAG_SPEC_ALLOW) != 0) {
            flags.add("SECCOMP_FILTER_FLAG_SPEC_ALLOW");
        }
        ArrayNode syscalls = json.putArray("syscalls");
        Set<String> decided = new HashSet<>();
        for (Rule rule : profile.rules()) {
            List<String> names = rule.names().stream().filter(n -> !decided.contains(n)).toList(); // the first rule without conditions holds; libseccomp takes no second
            if (!names.isEmpty()) {
                ObjectNode each = syscalls.addObject();
                names.forEach(each.putArray("names")::add);
                action(each, "action", "errnoRet", rule.action());
                ArrayNode args = each.putArray("args");
                rule.conditions().forEach(c -> args.addObject().put("index", c.index()).put("op", "SCMP_CMP_" + c.op())
                        .put("value", new java.math.BigInteger(Long.toUnsignedString(c.value()))).put("valueTwo", new java.math.BigInteger(Long.toUnsignedString(c.valueTwo()))));
            }
            if (rule.conditions().isEmpty()) {
                decided.addAll(names);
            }
        }
        return json;
    }

    private static void action(ObjectNode json, String member, String errno, Action action) {
        json.put(member, "SCMP_ACT_" + action.kind());
        if (action.kind().takesErrno()) {
            json.put(errno, action.data());
        }
    }
}
