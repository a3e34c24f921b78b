package dev.caisson.linux;

import java.util.Locale;
import java.util.Set;

/** The processor, as far as system calls depend on it. Makes none, and needs no library: to be asked before anything else here. */
public final class Machine {
    private static final Set<String> KNOWN = Set.of("amd64", "x86_64", "aarch64", "arm64");

    private Machine() {}

    /** As the JVM names it. */
    public static String name() {
        return System.getProperty("os.arch", "");
    }

    /** Whether the system calls of this JVM's processor are known. */
    public static boolean known() {
        return known(name());
    }

    static boolean known(String arch) {
        return KNOWN.contains(arch.toLowerCase(Locale.ROOT));
    }

    static String refusal(String arch) {
        return "the system calls of os.arch=" + arch + " are not known";
    }

    /** Why a processor that is not known is of no use. */
    public static String refusal() {
        return refusal(name());
    }
}
