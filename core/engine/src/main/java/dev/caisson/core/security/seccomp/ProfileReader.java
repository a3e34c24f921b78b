package dev.caisson.core.security.seccomp;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.caisson.Capability;
import dev.caisson.InvalidSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads seccomp profiles: Docker's (archMap, includes, excludes; {@code docker run --security-opt seccomp=FILE}), the {@code linux.seccomp}
 * object of the OCI runtime specification, or a whole runtime configuration that holds one. Rules mean what runc makes of them.
 */
public final class ProfileReader {
    /** No profile is a tenth as long. */
    static final int MAX_BYTES = 4 << 20;

    private static final Set<String> PROFILE = Set.of("defaultAction", "defaultErrnoRet", "defaultErrno", "architectures", "archMap", "flags",
            "listenerPath", "listenerMetadata", "syscalls");
    private static final Set<String> RULE = Set.of("name", "names", "action", "errnoRet", "errno", "args", "comment", "includes", "excludes");
    private static final Set<String> ARG = Set.of("index", "value", "valueTwo", "op");
    private static final Set<String> FILTER = Set.of("caps", "arches", "minKernel");
    private static final Pattern MIN_KERNEL = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})");
    private static final JsonMapper MAPPER = JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).disable(JsonParser.Feature.AUTO_CLOSE_SOURCE).build();

    private final Target target;
    private final List<String> ignored = new ArrayList<>();

    private ProfileReader(Target target) {
        this.target = target;
    }

    /**
     * The filter that a profile means on this machine for a container with these capabilities.
     *
     * @throws InvalidSpec naming the place in the document and what is wrong there
     */
    public static SeccompProgram compile(byte[] json, Target target) {
        return SeccompCompiler.compile(read(json, target));
    }

    static SeccompProfile read(byte[] json, Target target) {
        return new ProfileReader(target).profile(document(json));
    }

    private static JsonObject document(byte[] json) {
        if (json.length > MAX_BYTES) {
            throw new InvalidSpec("seccomp", "the profile has " + json.length + " bytes, more than " + MAX_BYTES, "");
        }
        try {
            JsonNode root = MAPPER.readTree(json);
            JsonNode nested = root.path("linux").path("seccomp");
            return nested.isMissingNode() ? new JsonObject("", root) : new JsonObject("linux.seccomp", nested);
        } catch (JsonProcessingException e) {
            throw new InvalidSpec("seccomp", "the profile is not JSON: " + e.getOriginalMessage()
                    + (e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr()), "");
        } catch (IOException e) {
            throw new InvalidSpec("seccomp", "the profile is not JSON: " + e.getMessage(), "");
        }
    }

    private SeccompProfile profile(JsonObject profile) {
        profile.only(PROFILE);
        if (!profile.text("listenerPath").isEmpty()) {
            throw profile.problem("listenerPath", "asks for an agent that answers for the kernel; there is none here", "leave it out");
        }
        if (profile.has("defaultErrno") && !profile.has("defaultErrnoRet")) {
            throw profile.problem("defaultErrno", "is given without defaultErrnoRet", "give the number in defaultErrnoRet");
        }
        Action defaultAction = ProfileWords.action(profile, "defaultAction", "defaultErrnoRet");
        List<Arch> architectures = architectures(profile);
        List<Rule> rules = new ArrayList<>();
        for (JsonObject rule : profile.objects("syscalls")) {
            rule(rule).ifPresent(rules::add);
        }
        return new SeccompProfile(defaultAction, architectures, rules, ProfileWords.flags(profile), ignored);
    }

    private List<Arch> architectures(JsonObject profile) {
        List<String> listed = profile.texts("architectures");
        List<JsonObject> map = profile.objects("archMap");
        if (!listed.isEmpty() && !map.isEmpty()) {
            throw profile.problem("archMap", "is given beside architectures", "use either");
        }
        Set<Arch> found = new LinkedHashSet<>(List.of(target.arch()));
        listed.forEach(token -> architecture(profile, "architectures", token, true).ifPresent(found::add));
        for (JsonObject entry : map) {
            entry.only(Set.of("architecture", "subArchitectures"));
            boolean own = entry.text("architecture").equals(target.arch().token());
            architecture(entry, "architecture", entry.text("architecture"), false);
            for (String token : entry.texts("subArchitectures")) {
                Optional<Arch> sub = architecture(entry, "subArchitectures", token, own);
                sub.filter(arch -> own).ifPresent(found::add);
            }
        }
        return List.copyOf(found);
    }

    private Optional<Arch> architecture(JsonObject object, String member, String token, boolean report) {
        Optional<Arch> known = Arch.ofToken(token);
        if (known.isEmpty() && !ProfileWords.FOREIGN_ARCHITECTURES.contains(token)) {
            throw object.problem(member, token.isEmpty() ? "is missing" : "names the unknown architecture " + token, "");
        }
        Optional<Arch> usable = known.filter(target.arch().family()::contains);
        if (usable.isEmpty() && report) {
            ignored.add(token);
        }
        return usable;
    }

    /** The rule, or empty if it is not for this machine and container; checked in either case. */
    private Optional<Rule> rule(JsonObject rule) {
        rule.only(RULE);
        List<String> names = new ArrayList<>(rule.texts("names"));
        if (!rule.text("name").isEmpty()) {
            if (!names.isEmpty()) {
                throw rule.problem("name", "is given beside names", "use names");
            }
            names.add(rule.text("name"));
        }
        if (names.isEmpty()) {
            throw rule.problem("names", "is missing or empty", "");
        }
        if (rule.has("errno") && !rule.has("errnoRet")) {
            throw rule.problem("errno", "is given without errnoRet", "give the number in errnoRet");
        }
        List<Condition> conditions = new ArrayList<>();
        for (JsonObject arg : rule.objects("args")) {
            arg.only(ARG);
            conditions.add(ProfileWords.condition(arg));
        }
        Action action = ProfileWords.action(rule, "action", "errnoRet");
        boolean included = !rule.has("includes") || includes(rule.object("includes"));
        boolean excluded = rule.has("excludes") && excludes(rule.object("excludes"));
        return included && !excluded ? Optional.of(new Rule(names, action, conditions)) : Optional.empty();
    }

    /** All that it names must hold: every capability, the architecture, the kernel. */
    private boolean includes(JsonObject filter) {
        filter.only(FILTER);
        List<String> arches = filter.texts("arches");
        boolean holds = arches.isEmpty() || arches.contains(target.arch().goName());
        for (String name : filter.texts("caps")) {
            holds &= has(filter, name);
        }
        return holds & (!filter.has("minKernel") || kernel(filter));
    }

    /** One that holds is enough. */
    private boolean excludes(JsonObject filter) {
        filter.only(FILTER);
        boolean holds = filter.texts("arches").contains(target.arch().goName());
        for (String name : filter.texts("caps")) {
            holds |= has(filter, name);
        }
        return holds | (filter.has("minKernel") && kernel(filter));
    }

    private boolean has(JsonObject filter, String name) {
        try {
            Capability capability = Capability.of(name);
            if (capability != Capability.ALL) {
                return target.has(capability);
            }
        } catch (IllegalArgumentException e) {
            throw filter.problem("caps", "has an " + e.getMessage(), "");
        }
        throw filter.problem("caps", "names ALL, which is no capability", "");
    }

    private boolean kernel(JsonObject filter) {
        Matcher version = MIN_KERNEL.matcher(filter.text("minKernel"));
        if (!version.matches()) {
            throw filter.problem("minKernel", "is '" + filter.text("minKernel") + "', not a version such as 4.8", "");
        }
        return target.kernelAtLeast(Integer.parseInt(version.group(1)), Integer.parseInt(version.group(2)));
    }
}
