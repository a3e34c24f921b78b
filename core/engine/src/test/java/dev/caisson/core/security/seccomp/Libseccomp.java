package dev.caisson.core.security.seccomp;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The real libseccomp, in a program of its own that is compiled when first used. */
final class Libseccomp {
    private final Path program;

    private Libseccomp(Path program) {
        this.program = program;
    }

    /** Skips the test, with the reason, where libseccomp's headers are missing. */
    static Libseccomp in(Path directory) throws IOException, InterruptedException {
        assumeTrue(Files.exists(Path.of("/usr/include/seccomp.h")), "no /usr/include/seccomp.h: apt-get install libseccomp-dev");
        return new Libseccomp(NativeTool.compile("export-bpf.c", directory, "-lseccomp"));
    }

    /** The filter it makes of a profile. */
    BpfSimulator filter(SeccompProfile profile) throws IOException, InterruptedException {
        StringBuilder rules = new StringBuilder("default " + hex(profile.defaultAction()) + "\n");
        rules.append("only ").append(Integer.toHexString(profile.architectures().get(0).audit())).append('\n');
        profile.architectures().forEach(arch -> rules.append("arch ").append(Integer.toHexString(arch.audit())).append('\n'));
        for (Rule rule : profile.rules()) {
            if (rule.action().equals(profile.defaultAction())) {
                continue;
            }
            for (String name : rule.names()) {
                for (List<Condition> conditions : rule.alternatives()) {
                    rules.append("rule ").append(name).append(' ').append(hex(rule.action()));
                    conditions.forEach(c -> rules.append(String.format(" %x %x %x %x", c.index(), c.op().ordinal() + 1, c.value(), c.valueTwo())));
                    rules.append('\n');
                }
            }
        }
        return new BpfSimulator(instructions(NativeTool.run(program, rules.toString().getBytes(StandardCharsets.US_ASCII))));
    }

    private static String hex(Action action) {
        return Integer.toHexString(action.value());
    }

    private static long[] instructions(byte[] bytes) {
        long[] instructions = new long[bytes.length / 8];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(instructions);
        return instructions;
    }
}
