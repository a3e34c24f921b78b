package dev.caisson.core.engine;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.Capability;
import dev.caisson.core.plan.PlanInput;
import java.util.Map;
import java.util.TreeMap;

/** {@code process} of a bundle. */
final class BundleProcessJson {
    private BundleProcessJson() {}

    static void write(ObjectNode json, PlanInput in) {
        PlanInput.Process process = in.process();
        json.put("terminal", process.tty());
        ObjectNode user = json.putObject("user");
        user.put("uid", Integer.toUnsignedLong(process.uid()));
        user.put("gid", Integer.toUnsignedLong(process.gid()));
        int[] groups = process.groups();
        if (groups != null) {
            ArrayNode all = user.putArray("additionalGids");
            for (int group : groups) {
                all.add(Integer.toUnsignedLong(group));
            }
        }
        process.argv().forEach(json.putArray("args")::add);
        process.env().forEach(json.putArray("env")::add);
        json.put("cwd", process.workdir());
        PlanInput.Privilege powers = in.privilege();
        ObjectNode sets = json.putObject("capabilities");
        for (Map.Entry<String, Long> set : new TreeMap<>(Map.of("bounding", powers.bounding(), "effective", powers.effective(), "permitted", powers.permitted(),
                "inheritable", powers.inheritable(), "ambient", powers.ambient())).entrySet()) {
            ArrayNode names = sets.putArray(set.getKey());
            for (Capability each : Capability.values()) {
                if (each != Capability.ALL && (set.getValue() >>> each.number() & 1) != 0) {
                    names.add("CAP_" + each.name());
                }
            }
        }
        ArrayNode limits = json.putArray("rlimits");
        new TreeMap<>(process.rlimits()).forEach((limit, value) -> limits.addObject().put("type", "RLIMIT_" + limit.name()).put("hard", unsigned(value.hard()))
                .put("soft", unsigned(value.soft())));
        json.put("noNewPrivileges", powers.noNewPrivileges());
        if (process.oomScoreAdj() != 0) {
            json.put("oomScoreAdj", process.oomScoreAdj());
        }
    }

    private static java.math.BigInteger unsigned(long value) {
        return new java.math.BigInteger(Long.toUnsignedString(value));
    }
}
