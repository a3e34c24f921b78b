package dev.caisson.core.security.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AssemblerTest {
    @Test
    void jumpsOverMoreThan255InstructionsArrive() {
        List<Rule> rules = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            rules.add(Rule.of("ioctl", Action.ALLOW, Condition.of(1, Condition.Op.EQ, 1000L + 2 * i)));
            rules.add(Rule.of("fcntl", Action.ENOSYS, Condition.of(1, Condition.Op.EQ, 1000L + 2 * i)));
        }
        SeccompProgram program = SeccompCompiler.compile(new SeccompProfile(Action.EPERM, Arch.X86_64.family(), rules, 0, List.of()));
        BpfSimulator simulator = new BpfSimulator(program.instructions());
        for (long argument = 990; argument < 1700; argument++) {
            boolean listed = argument >= 1000 && argument < 1600 && argument % 2 == 0;
            assertEquals((listed ? Action.ALLOW : Action.EPERM).value(), simulator.run(Arch.X86_64.audit(), 16, 0, argument));
            assertEquals((listed ? Action.ENOSYS : Action.EPERM).value(), simulator.run(Arch.X86_64.audit(), 72, 0, argument));
            assertEquals((listed ? Action.ENOSYS : Action.EPERM).value(), simulator.run(Arch.I386.audit(), 55, 0, argument));
        }
    }

    @Test
    void theDisassemblyReads() {
        SeccompProgram program = SeccompCompiler.compile(new SeccompProfile(Action.EPERM, List.of(Arch.X86_64),
                List.of(Rule.of("read", Action.ALLOW, Condition.of(2, Condition.Op.GT, 5))), 0, List.of()));
        String text = program.toString();
        assertTrue(text.contains("0000  ld   arch") && text.contains("jeq  #0xc000003e") && text.contains("args[2] >> 32")
                && text.contains("ret  ERRNO(38)") && text.contains("ret  KILL_THREAD"), text);
    }
}
