package dev.caisson.core.security.seccomp;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.Capability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Docker's own profile, flattened for a machine here and not by the code under test. */
final class MobyProfile {
    private MobyProfile() {}

    /**
     * The file's bytes: {@code -Dcaisson.moby.seccomp}, or {@code shared/data} in a folder beside this checkout's or above. It is not part
     * of the sources: without it the test is skipped.
     */
    static byte[] json() throws IOException {
        String given = System.getProperty("caisson.moby.seccomp");
        if (given != null) {
            return Files.readAllBytes(Path.of(given));
        }
        Path found = null;
        for (Path up = Path.of("").toAbsolutePath(); up != null && found == null; up = up.getParent()) {
            Path candidate = up.resolve("shared/data/moby-seccomp-default.json");
            found = Files.exists(candidate) ? candidate : null;
        }
        assumeTrue(found != null, "Docker's profile is not at hand: -Dcaisson.moby.seccomp=<moby profiles/seccomp/default.json>");
        return Files.readAllBytes(found);
    }

    static SeccompProfile flatten(byte[] json, Arch arch, long capabilities) throws IOException {
        JsonNode document = new ObjectMapper().readTree(json);
        List<Rule> rules = new ArrayList<>();
        for (JsonNode rule : document.get("syscalls")) {
            if (!applies(rule, arch, capabilities)) {
                continue;
            }
            List<String> names = new ArrayList<>();
            rule.get("names").forEach(name -> names.add(name.textValue()));
            List<Condition> conditions = new ArrayList<>();
            rule.path("args").forEach(arg -> conditions.add(new Condition(arg.get("index").intValue(),
                    Condition.Op.valueOf(arg.get("op").textValue().replace("SCMP_CMP_", "")), arg.get("value").longValue(),
                    arg.path("valueTwo").longValue())));
            Action action = rule.get("action").textValue().equals("SCMP_ACT_ALLOW") ? Action.ALLOW
                    : new Action(Action.Kind.ERRNO, rule.get("errnoRet").intValue());
            rules.add(new Rule(names, action, conditions));
        }
        return new SeccompProfile(Action.EPERM, arch.family(), rules, 0, List.of());
    }

    private static boolean applies(JsonNode rule, Arch arch, long capabilities) {
        boolean applies = true;
        for (JsonNode name : rule.path("includes").path("caps")) {
            applies &= has(capabilities, name);
        }
        for (JsonNode name : rule.path("excludes").path("caps")) {
            applies &= !has(capabilities, name);
        }
        JsonNode arches = rule.path("includes").path("arches");
        return applies && (arches.isMissingNode() || arches.toString().contains('"' + arch.goName() + '"'))
                && !rule.path("excludes").path("arches").toString().contains('"' + arch.goName() + '"');
    }

    private static boolean has(long capabilities, JsonNode name) {
        return (capabilities >>> Capability.of(name.textValue()).number() & 1) != 0;
    }
}
