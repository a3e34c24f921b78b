package dev.caisson.core.security.seccomp;

import dev.caisson.Capability;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the conditional rules of a Docker profile ask about.
 *
 * @param arch the machine's own architecture
 * @param capabilities the container's bounding set, a bit per {@link Capability#number()}
 */
public record Target(Arch arch, long capabilities, int kernelMajor, int kernelMinor) {
    private static final Pattern VERSION = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})(?:[^\\d].*)?", Pattern.DOTALL);

    /**
     * @param release the kernel's release as uname(2) gives it, {@code 6.1.0-18-amd64}
     * @throws IllegalArgumentException if it does not begin with two numbers
     */
    public static Target of(Arch arch, long capabilities, String release) {
        Matcher m = VERSION.matcher(release);
        if (!m.matches()) {
            throw new IllegalArgumentException("'" + release + "' is no kernel release");
        }
        return new Target(arch, capabilities, Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2)));
    }

    boolean has(Capability capability) {
        return (capabilities >>> capability.number() & 1) != 0;
    }

    boolean kernelAtLeast(int major, int minor) {
        return kernelMajor > major || kernelMajor == major && kernelMinor >= minor;
    }
}
