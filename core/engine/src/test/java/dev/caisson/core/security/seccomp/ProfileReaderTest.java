package dev.caisson.core.security.seccomp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Capability;
import dev.caisson.InvalidSpec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProfileReaderTest {
    private static final Target TARGET = Target.of(Arch.X86_64, 1L << Capability.SYS_TIME.number(), "6.1.0-18-amd64");

    private static SeccompProfile read(String json) {
        return ProfileReader.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), TARGET);
    }

    private static SeccompProfile rule(String rule) {
        return read("{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" + rule + "]}");
    }

    @Test
    void dockersProfileReadDecidesAsTheDefaultPolicy() throws Exception {
        byte[] json = MobyProfile.json();
        for (Arch machine : List.of(Arch.X86_64, Arch.AARCH64)) {
            for (long capabilities : List.of(0L, 0xa80425fbL, -1L >>> 23)) {
                SeccompProgram program = ProfileReader.compile(json, Target.of(machine, capabilities, "6.18.44"));
                assertArrayEquals(decisions(machine, new DefaultPolicy().program(machine, capabilities)), decisions(machine, program));
                assertEquals(List.of("SCMP_ARCH_X32", "riscv_hwprobe").subList(machine == Arch.X86_64 ? 0 : 1, 2),
                        program.ignoredNames().stream().filter(name -> !name.equals("sync_file_range2")).toList());
            }
        }
    }

    private static int[] decisions(Arch machine, SeccompProgram program) {
        BpfSimulator simulator = new BpfSimulator(program.instructions());
        return machine.family().stream().flatMapToInt(arch -> Calls.NUMBERS.stream().flatMapToInt(number ->
                java.util.stream.LongStream.of(0, 8, 38, 39, 40, 0x20000, 0x20008, 0xffffffffL, 1L << 32, 0x10000000).mapToInt(
                        argument -> simulator.run(arch.audit(), number, argument)))).toArray();
    }

    @Test
    void conditionsOnCapabilitiesArchitectureAndKernel() {
        assertEquals(1, rule("{'names':['stime'],'action':'SCMP_ACT_ALLOW','includes':{'caps':['CAP_SYS_TIME'],'minKernel':'6.1'}}").rules().size());
        assertEquals(0, rule("{'names':['stime'],'action':'SCMP_ACT_ALLOW','includes':{'caps':['CAP_SYS_TIME','CAP_BPF']}}").rules().size());
        assertEquals(0, rule("{'names':['stime'],'action':'SCMP_ACT_ALLOW','includes':{'minKernel':'6.2'}}").rules().size());
        assertEquals(0, rule("{'names':['stime'],'action':'SCMP_ACT_ALLOW','includes':{'arches':['arm64']}}").rules().size());
        assertEquals(0, rule("{'names':['stime'],'action':'SCMP_ACT_ALLOW','excludes':{'caps':['CAP_BPF','CAP_SYS_TIME']}}").rules().size());
        assertEquals(1, rule("{'name':'stime','action':'SCMP_ACT_ALLOW','excludes':{'caps':['CAP_BPF']}}").rules().size());
    }

    @Test
    void ociProfilesListArchitecturesAndFlags() {
        SeccompProfile profile = read("{'linux':{'seccomp':{'defaultAction':'SCMP_ACT_ALLOW','architectures':['SCMP_ARCH_X86','SCMP_ARCH_X32',"
                + "'SCMP_ARCH_MIPS'],'flags':['SECCOMP_FILTER_FLAG_LOG'],'syscalls':[{'names':['nosuchcall','bpf'],'action':'SCMP_ACT_TRACE',"
                + "'errnoRet':500}]}}}");
        assertEquals(List.of(Arch.X86_64, Arch.I386), profile.architectures());
        assertEquals(SeccompProfile.FLAG_LOG, profile.flags());
        assertEquals(List.of("SCMP_ARCH_X32", "SCMP_ARCH_MIPS", "nosuchcall"), SeccompCompiler.compile(profile).ignoredNames());
        assertEquals(new Action(Action.Kind.TRACE, 500), profile.rules().get(0).action());
    }

    @Test
    void valuesHaveSixtyFourBits() {
        Rule rule = rule("{'names':['read'],'action':'SCMP_ACT_ALLOW','args':[{'index':2,'op':'SCMP_CMP_MASKED_EQ',"
                + "'value':18446744073709551615,'valueTwo':9223372036854775808}]}").rules().get(0);
        assertEquals(new Condition(2, Condition.Op.MASKED_EQ, -1L, Long.MIN_VALUE), rule.conditions().get(0));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{'names':['read'],'action':'SCMP_ACT_NOTIFY'} | syscalls[0].action is SCMP_ACT_NOTIFY",
        "{'names':['read'],'action':'SCMP_ACT_ALOW'} | did you mean SCMP_ACT_ALLOW",
        "{'names':['read'],'action':'SCMP_ACT_KILL','errnoRet':1} | answers no errno",
        "{'names':['read'],'action':'SCMP_ACT_ERRNO','errnoRet':4096} | the largest possible is 4095",
        "{'names':['read'],'name':'write','action':'SCMP_ACT_ALLOW'} | given beside names",
        "{'names':[],'action':'SCMP_ACT_ALLOW'} | missing or empty",
        "{'names':['read'],'action':'SCMP_ACT_ALLOW','arg':[]} | did you mean args",
        "{'names':['read'],'action':'SCMP_ACT_ALLOW','args':[{'index':6,'op':'SCMP_CMP_EQ'}]} | the largest possible is 5",
        "{'names':['read'],'action':'SCMP_ACT_ALLOW','args':[{'index':0,'op':'SCMP_CMP_EQ','value':-1}]} | not a whole number from 0 to 2^64-1",
        "{'names':['read'],'action':'SCMP_ACT_ALLOW','includes':{'caps':['CAP_SYS_ADMN']}} | did you mean SYS_ADMIN",
        "{'names':['read'],'action':'SCMP_ACT_ALLOW','includes':{'minKernel':'new'}} | not a version",
        "7 | syscalls[0] is 7, not an object",
    })
    void mistakesAreNamedWithTheirPlace(String rule, String message) {
        InvalidSpec problem = assertThrows(InvalidSpec.class, () -> rule(rule));
        assertTrue(problem.getMessage().contains(message), problem.getMessage());
    }

    @Test
    void whatIsDeepOrLongIsRefusedLikeAnythingElse() {
        for (String deep : List.of("[".repeat(200_000), "{\"a\":".repeat(200_000), "{\"defaultAction\":\"" + "A".repeat(1 << 20) + "\"}", "{\"defaultAction\":1" + "0".repeat(1 << 20) + "}")) {
            assertThrows(InvalidSpec.class, () -> ProfileReader.compile(deep.getBytes(StandardCharsets.UTF_8), TARGET));
        }
    }

    /** Garbage gives a named error or a program, never anything else. */
    @Property(tries = 2000)
    void garbageNeverSurprises(@ForAll("documents") String json) {
        try {
            ProfileReader.compile(json.getBytes(StandardCharsets.UTF_8), TARGET);
        } catch (InvalidSpec e) {
            assertTrue(e.getMessage().contains("seccomp"), e.getMessage());
        }
    }

    @Provide
    Arbitrary<String> documents() {
        Arbitrary<String> pieces = Arbitraries.of("{", "}", "[", "]", ",", ":", "\"defaultAction\":", "\"SCMP_ACT_ALLOW\"", "\"syscalls\":", "\"names\":",
                "\"read\"", "\"action\":", "\"args\":", "\"index\":", "\"value\":", "1e999", "-1", "18446744073709551616", "null", "\"op\":", "true",
                "\"includes\":", "\"caps\":", "\"archMap\":", "\"linux\":", "\"seccomp\":", "\u0000", "\"\uD800\"", "0.5", "\"errnoRet\":");
        Arbitrary<String> soup = pieces.list().ofMaxSize(30).map(list -> String.join("", list));
        String valid = "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"archMap\":[{\"architecture\":\"SCMP_ARCH_X86_64\",\"subArchitectures\":null}],"
                + "\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]}]}";
        Arbitrary<String> bitten = Arbitraries.integers().between(0, valid.length() - 1).flatMap(at ->
                pieces.map(piece -> valid.substring(0, at) + piece + valid.substring(Math.min(valid.length(), at + piece.length()))));
        return Arbitraries.oneOf(soup, bitten, Arbitraries.strings());
    }
}
