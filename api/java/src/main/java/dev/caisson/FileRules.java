package dev.caisson;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** What can be said, without asking the host, of mounts, volumes, secrets and devices. */
final class FileRules {
    /** Docker's RestrictedNamePattern. */
    private static final Pattern VOLUME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}");
    private static final Pattern SECRET = Pattern.compile("[a-zA-Z0-9_.-]{1,64}");
    private static final int MAX_SECRET = 1 << 20;
    private static final Pattern DEVICE_RULE = Pattern.compile("[acb] (\\d{1,7}|\\*):(\\d{1,7}|\\*) [rwm]{1,3}");
    /** One message to the guard carries 253 descriptors (SCM_RIGHTS, unix(7)); some are the container's own. */
    private static final int MAX_BINDS = 200;
    private static final Set<String> TMPFS = new TreeSet<>(List.of("size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "ro", "rw", "exec", "noexec", "suid",
            "nosuid", "dev", "nodev", "noatime", "strictatime", "huge"));

    private FileRules() {}

    static void check(ContainerSpec.Files files, SpecValidator problems) {
        if (files == Unsaid.FILES) {
            return;
        }
        int binds = 0;
        for (Mount m : files.mounts()) {
            binds += m instanceof Mount.Tmpfs ? 0 : 1;
        }
        if (binds > MAX_BINDS) {
            problems.add("bind(…)", binds + " binds are more than the " + MAX_BINDS + " a container can have", "bind a directory above them");
        }
        for (Mount m : files.mounts()) {
            String field = (m instanceof Mount.Tmpfs ? "tmpfs(\"" : m instanceof Mount.Volume ? "volume(…, \"" : m instanceof Mount.Image ? "imageMount(…, \"" : "bind(…, \"") + m.target() + "\")";
            problems.noNul(field, m.target());
            problems.require(m.target().startsWith("/"), field, "the target is not absolute", "begin it with /");
            problems.require(!m.target().matches("[/.]+"), field, "the target is the root itself", "");
            if (m instanceof Mount.Volume v) {
                volume(v, problems);
            }
            if (m instanceof Mount.Image i) {
                problems.noNul(field, i.reference() + i.subpath());
                problems.require(!i.reference().isEmpty(), field, "names no image", "give its name or id");
                if (!inside(i.subpath())) {
                    problems.add(field, "the subpath '" + i.subpath() + "' leaves the image", "give a relative path without ..");
                }
            }
            if (m instanceof Mount.Tmpfs t) {
                for (Map.Entry<String, String> o : t.options().entrySet()) {
                    String nearest = Nearest.to(o.getKey(), TMPFS);
                    if (!TMPFS.contains(o.getKey())) {
                        problems.add(field, "the tmpfs option '" + o.getKey() + "' is unknown", nearest.isEmpty() ? "known options: " + String.join(", ", TMPFS) : "did you mean '" + nearest + "'?");
                    }
                    problems.noNul(field, o.getValue());
                }
            }
        }
        files.volumesFrom().forEach(from -> problems.require(!from.container().isEmpty() && from.container().indexOf('\0') < 0, "volumesFrom(\"" + from.container().replace('\0', '?') + "\")",
                "names no container", "give the name or id of a container of this engine"));
        secrets(files.secrets(), problems);
        for (Device d : files.devices()) {
            problems.noNul("device", d.hostPath() + d.containerPath());
            if (!(d.hostPath().startsWith("/") && d.containerPath().startsWith("/") && d.access().matches("[rwm]{1,3}"))) {
                problems.add("device(\"" + d.hostPath() + "\", \"" + d.containerPath() + "\", \"" + d.access() + "\")", "wants two absolute paths and an access of r, w, m", "");
            }
        }
        files.deviceRules().forEach(r -> problems.require(DEVICE_RULE.matcher(r).matches(), "deviceRule(\"" + r + "\")", "is not a rule such as 'c 42:* rmw'", ""));
    }

    private static void volume(Mount.Volume v, SpecValidator problems) {
        String field = "volume(\"" + v.volume() + "\", \"" + v.target() + "\")";
        problems.require(v.volume().isEmpty() || VOLUME.matcher(v.volume()).matches(), field, "is no name of a volume",
                v.volume().startsWith("/") || v.volume().startsWith(".") ? "bind(Path, target) is for directories of the host"
                        : v.volume().length() == 1 ? "give it two characters or more, as docker wants, too" : "begin with a letter or digit, go on with these, '_', '.' and '-'");
        problems.noNul(field, v.subpath());
        if (!inside(v.subpath())) {
            problems.add(field, "the subpath '" + v.subpath() + "' leaves the volume", "give a relative path without ..");
        }
    }

    private static boolean inside(String subpath) {
        return !subpath.startsWith("/") && !List.of(subpath.split("/")).contains("..");
    }

    private static void secrets(List<Secret> secrets, SpecValidator problems) {
        Set<String> names = new HashSet<>();
        for (Secret secret : secrets) {
            String field = "secret(\"" + secret.name().replace('\0', '?') + "\", …)";
            problems.require(SECRET.matcher(secret.name()).matches() && !secret.name().matches("[.]+"), field, "is no file name", "use letters, digits, '_', '.' and '-'");
            if (secret.content().length > MAX_SECRET) {
                problems.add(field, "has " + secret.content().length + " bytes, more than " + MAX_SECRET, "");
            }
            problems.require(names.add(secret.name()), field, "is one of two with this name", "leave one of them out");
        }
    }
}
