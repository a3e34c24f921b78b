package dev.caisson.core.security.seccomp;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The system call tables a filter can speak of: two machine architectures and the 32-bit one that each of them also runs. */
public enum Arch {
    X86_64(0xC000003E, "SCMP_ARCH_X86_64", "amd64", false),
    I386(0x40000003, "SCMP_ARCH_X86", "386", true),
    AARCH64(0xC00000B7, "SCMP_ARCH_AARCH64", "arm64", false),
    ARM(0x40000028, "SCMP_ARCH_ARM", "arm", true);

    private final int audit;
    private final String token;
    private final String goName;
    private final boolean is32;

    Arch(int audit, String token, String goName, boolean is32) {
        this.audit = audit;
        this.token = token;
        this.goName = goName;
        this.is32 = is32;
    }

    /** The {@code AUDIT_ARCH_*} number that the kernel puts into {@code seccomp_data.arch}. */
    public int audit() {
        return audit;
    }

    /** The name in an OCI or Docker profile: {@code SCMP_ARCH_X86_64}. */
    public String token() {
        return token;
    }

    /** The name in {@code includes.arches} of a Docker profile, which is Go's: {@code amd64}. */
    public String goName() {
        return goName;
    }

    /** Whether arguments are 32 bits wide; the upper half of a {@code seccomp_data} argument is then never looked at. */
    public boolean is32() {
        return is32;
    }

    /** This architecture and the 32-bit one whose programs the same kernel runs, in the order in which a filter asks for them. */
    public List<Arch> family() {
        return switch (this) {
            case X86_64 -> List.of(X86_64, I386);
            case AARCH64 -> List.of(AARCH64, ARM);
            case I386, ARM -> List.of(this);
        };
    }

    static Optional<Arch> ofToken(String token) {
        for (Arch arch : values()) {
            if (arch.token.equals(token)) {
                return Optional.of(arch);
            }
        }
        return Optional.empty();
    }

    /**
     * The architecture with this name in {@code os.arch} or {@code uname -m}.
     *
     * @throws IllegalArgumentException for any other than x86-64 and arm64
     */
    public static Arch ofMachine(String machine) {
        return switch (machine.toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64" -> X86_64;
            case "aarch64", "arm64" -> AARCH64;
            default -> throw new IllegalArgumentException("seccomp filters are made for x86_64 and aarch64, not for " + machine);
        };
    }
}
