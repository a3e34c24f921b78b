package dev.caisson.core.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.core.plan.PlanInput.Attached;
import dev.caisson.core.plan.PlanInput.Masked;
import dev.caisson.core.plan.PlanInput.NetworkNamespace;
import dev.caisson.core.plan.PlanInput.Privilege;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** What holds for the plan of every container, whatever was asked for. Rows 2, 3, 28, 29 and 36 of the attack table stand on these orders. */
class PlanOrderTest {
    private static final String HOST_PATH = "/host/secret";
    /** What the engine's own policy allows whatever the capabilities are. */
    private static final Set<OpCode> KNOWN_TO_PASS = Set.of(OpCode.DUP, OpCode.CLOSE, OpCode.CHDIR, OpCode.SECUREBITS, OpCode.GROUPS, OpCode.IDS, OpCode.CAPS,
            OpCode.CAP_AMBIENT, OpCode.EXEC);

    @Provide
    Arbitrary<Inputs> containers() {
        Arbitrary<Boolean> flag = Arbitraries.of(true, false);
        Arbitrary<List<Attached>> mounts = Arbitraries.of("/a", "/b/c", "/dev", "/dev/shm", "/etc/hosts", "/tmp").set().ofMaxSize(4)
                .flatMap(targets -> flag.map(tmpfs -> targets.stream().map(t -> tmpfs ? Inputs.tmpfs(t, "size=1m") : Inputs.bind(HOST_PATH + t, t, t.length() > 5)).toList()));
        Arbitrary<List<Masked>> masks = Arbitraries.of("/proc/kcore", "/proc/acpi", "/sys/firmware").set().ofMaxSize(3)
                .flatMap(paths -> flag.map(directory -> paths.stream().map(p -> new Masked(p, directory)).toList()));
        Arbitrary<Privilege> privilege = Combinators.combine(Arbitraries.longs().between(0, -1L >>> 23), Arbitraries.longs().between(0, -1L >>> 23), flag, flag, flag)
                .as((bounding, kept, nnp, filter, own) -> new Privilege(bounding, bounding & kept, bounding & kept, 0, 0, 40, nnp, filter ? Inputs.FILTER : null, 0, own, false));
        Arbitrary<Inputs> plain = Combinators.combine(mounts, masks, privilege, Arbitraries.of(NetworkNamespace.class), Arbitraries.of(0, 1000, -2))
                .as((m, k, p, network, uid) -> {
                    Inputs in = new Inputs();
                    in.mounts = m;
                    in.masked = k;
                    in.privilege = p;
                    in.network = network;
                    in.uid = uid;
                    return in;
                });
        return Combinators.combine(plain, flag, flag, flag, flag, flag, Arbitraries.of(-1000, 0, 300)).as((in, readOnly, tty, init, limited, time, score) -> {
            in.readOnly = readOnly;
            in.writable = readOnly ? List.of("/run", "/tmp") : List.of();
            in.tty = tty;
            in.init = init ? PlanInput.Init.REAPER : PlanInput.Init.NONE;
            in.cgroup = limited ? Inputs.limited() : PlanInput.Cgroup.NONE;
            in.timeNamespace = time;
            in.oomScoreAdj = score;
            return in;
        });
    }

    private static List<Op> child(Inputs in) {
        return in.compile().plan().ops(Phase.CHILD);
    }

    private static int[] places(List<Op> ops, OpCode code) {
        return IntStream.range(0, ops.size()).filter(i -> ops.get(i).code() == code).toArray();
    }

    private static int only(List<Op> ops, OpCode code) {
        int[] places = places(ops, code);
        assertEquals(1, places.length, code + " in " + ops);
        return places[0];
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void theProgramIsLast(@ForAll("containers") Inputs in) {
        List<Op> child = child(in);
        assertEquals(child.size() - 1, only(child, OpCode.EXEC));
        for (Phase phase : List.of(Phase.PREPARE, Phase.PREFIX, Phase.REPORT, Phase.UNDO)) {
            assertEquals(0, places(in.compile().plan().ops(phase), OpCode.EXEC).length);
        }
    }

    /** A container made ahead and given its program does what one does that is made at once. */
    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void aheadAndRestAreTheWhole(@ForAll("containers") Inputs in) {
        in.tty = false;
        LaunchPlan whole = in.compile().plan();
        PlanCompiler.Compiled ahead = PlanCompiler.ahead(in.input());
        LaunchPlan rest = PlanCompiler.rest(ahead.plan(), in.input()).plan();
        List<Op> both = new ArrayList<>(ahead.plan().ops(Phase.CHILD));
        assertEquals(OpCode.CONTINUE, both.remove(both.size() - 1).code());
        both.addAll(rest.ops(Phase.CHILD));
        assertEquals(whole.ops(Phase.CHILD), both);
        for (Phase phase : List.of(Phase.PREPARE, Phase.PREFIX, Phase.REPORT, Phase.UNDO)) {
            assertEquals(whole.ops(phase), ahead.plan().ops(phase));
            assertEquals(List.of(), rest.ops(phase));
        }
        assertEquals(List.of(whole.slots(), whole.slots()), List.of(ahead.plan().slots(), rest.slots()));
        assertEquals(List.of(3, 0, 3), List.of(ahead.plan().first(), rest.first(), rest.fds()), "the streams come with the rest");
    }

    /** Without no_new_privs a filter needs CAP_SYS_ADMIN, so it comes before the last capset; with it, nothing but the program comes after. */
    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void theFilterIsLoadedAtTheRightMoment(@ForAll("containers") Inputs in) {
        List<Op> child = child(in);
        if (in.privilege.seccomp() == null) {
            assertEquals(0, places(child, OpCode.SECCOMP).length);
            return;
        }
        int filter = only(child, OpCode.SECCOMP);
        assertArrayEquals(Inputs.FILTER, child.get(filter).s());
        List<OpCode> after = child.subList(filter + 1, child.size()).stream().map(Op::code).filter(c -> c != OpCode.INIT).toList();
        if (in.privilege.ownFilter()) {
            assertEquals(in.privilege.noNewPrivileges() ? OpCode.NO_NEW_PRIVS : OpCode.CAP_BOUNDING, child.get(filter - 1).code());
            assertTrue(KNOWN_TO_PASS.containsAll(after), after::toString);
            return;
        }
        if (in.privilege.noNewPrivileges()) {
            assertEquals(List.of(OpCode.EXEC), after);
            assertEquals(OpCode.NO_NEW_PRIVS, child.get(filter - 1).code());
        } else {
            assertEquals(List.of(OpCode.CAPS, OpCode.CAP_AMBIENT, OpCode.EXEC), after);
            if (in.uid != 0) {
                assertEquals(OpCode.CAPS, child.get(filter - 1).code(), "the change of uid cleared SYS_ADMIN");
                assertTrue((child.get(filter - 1).a() & 1L << 21) != 0);
            }
        }
    }

    /** From outside a v1 cgroup is joined under a lock that stops every fork of the machine; and once its ids are the namespace's it may not. */
    @Test
    void inAUserNamespaceItJoinsItsCgroupsAsTheHostsRoot() {
        Inputs in = new Inputs();
        in.cgroup = Inputs.limited();
        in.users = new PlanInput.Users(PlanGoldenTest.MAPS, true);
        LaunchPlan plan = in.compile().plan();
        List<Op> prefix = plan.ops(Phase.PREFIX);
        assertEquals(List.of("c1/tasks", "0"), List.of(text(prefix.get(0).s()), text(prefix.get(0).t())));
        assertEquals(List.of(OpCode.WAIT_GO, OpCode.IDS, OpCode.UNSHARE), prefix.subList(1, 4).stream().map(Op::code).toList());
        assertEquals(1, only(plan.ops(Phase.PREPARE), OpCode.ID_MAPS) - 2, "after the device filter");
        in.users = new PlanInput.Users(PlanGoldenTest.MAPS, false);
        assertEquals(List.of(OpCode.WAIT_GO, OpCode.IDS, OpCode.UNSHARE), in.compile().plan().ops(Phase.PREFIX).subList(0, 3).stream().map(Op::code).toList());
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void powersAreDroppedInTheOneOrderThatWorks(@ForAll("containers") Inputs in) {
        List<Op> child = child(in);
        int ids = only(child, OpCode.IDS);
        assertTrue(only(child, OpCode.CAP_BOUNDING) < only(child, OpCode.GROUPS) && only(child, OpCode.GROUPS) < ids);
        int[] caps = places(child, OpCode.CAPS);
        Op last = child.get(caps[caps.length - 1]);
        assertTrue(ids < caps[0]);
        assertEquals(List.of(in.privilege.effective(), in.privilege.permitted(), in.privilege.inheritable()), List.of(last.a(), last.b(), last.c()));
        assertEquals(Integer.toUnsignedLong(in.uid), child.get(ids).a());
        for (int keep : places(child, OpCode.SECUREBITS)) {
            assertTrue(keep < ids && in.uid != 0);
        }
        assertEquals(in.privilege.noNewPrivileges() ? 1 : 0, places(child, OpCode.NO_NEW_PRIVS).length);
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void descriptorsAreClosedBeforeTheDirectoryIsChanged(@ForAll("containers") Inputs in) {
        List<Op> child = child(in);
        int close = only(child, OpCode.CLOSE);
        int chdir = only(child, OpCode.CHDIR);
        assertTrue(only(child, OpCode.PIVOT) < close && close < chdir && chdir < only(child, OpCode.IDS));
        assertArrayEquals(new byte[] {(byte) child.get(chdir).slot(), 0}, child.get(close).s(), "only the root stays open");
        for (int dup : places(child, OpCode.DUP)) {
            assertTrue(dup < close);
        }
        assertTrue(only(child, OpCode.SETSID) < close, "a session of its own, whether with a terminal or without");
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void nothingIsAttachedOverAMask(@ForAll("containers") Inputs in) {
        List<Op> child = child(in);
        Set<String> hidden = new HashSet<>(in.readOnlyPaths);
        in.masked.forEach(m -> hidden.add(m.path()));
        int firstMask = child.size();
        int lastMount = -1;
        Set<String> covered = new HashSet<>();
        Map<Integer, String> mounts = new HashMap<>(); // a mask is found from the mount it lies in
        for (int attach : places(child, OpCode.ATTACH)) {
            Op op = child.get(attach);
            String name = text(op.s());
            String target = mounts.getOrDefault(op.slot2(), "") + name;
            mounts.putIfAbsent(op.slot(), name + "/");
            if (hidden.contains(target)) {
                firstMask = Math.min(firstMask, attach);
                covered.add(target);
            } else {
                lastMount = attach;
            }
        }
        assertTrue(lastMount < firstMask);
        assertEquals(hidden, covered);
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void theRootIsSealedWhenEverythingIsThere(@ForAll("containers") Inputs in) {
        List<Op> child = child(in);
        int pivot = only(child, OpCode.PIVOT);
        int[] attached = places(child, OpCode.ATTACH);
        assertTrue(only(child, OpCode.ROOT) < attached[0] && attached[attached.length - 1] < pivot);
        Op before = child.get(pivot - 1);
        boolean sealed = before.code() == OpCode.MOUNT_ATTR && before.slot() == child.get(pivot).slot();
        assertEquals(in.readOnly, sealed);
        assertTrue(!sealed || before.a() == PlanContext.RDONLY);
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void whatIsWrittenThroughProcIsWrittenBeforeItIsAttached(@ForAll("containers") Inputs in) {
        LaunchPlan plan = in.compile().plan();
        assertEquals(0, places(plan.ops(Phase.CHILD), OpCode.WRITE).length);
        List<String> written = plan.ops(Phase.PREFIX).stream().filter(o -> o.code() == OpCode.WRITE && o.slot() < LaunchPlan.SLOT_ENGINE).map(o -> text(o.s())).toList();
        assertTrue(written.containsAll(in.sysctls.keySet().stream().map(k -> "sys/" + k).toList()));
        assertEquals(in.oomScoreAdj != 0, written.contains("self/oom_score_adj"));
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void everythingIsAttachedBelowTheContainersRoot(@ForAll("containers") Inputs in) {
        PlanCompiler.Compiled compiled = in.compile();
        int root = compiled.received().indexOf("root");
        for (Op op : compiled.plan().ops(Phase.CHILD)) {
            if (op.code() == OpCode.ATTACH && !text(op.s()).startsWith("/")) {
                // The console and the masks: by the mount of /dev, /proc or /sys itself. A volume may have covered it, a link may lead past it since.
                assertTrue(compiled.plan().ops(Phase.PREFIX).stream().anyMatch(o -> o.code() == OpCode.FSMOUNT && o.slot() == op.slot2()), op::toString);
            } else if (op.code() == OpCode.ATTACH) {
                assertEquals(root, op.slot2(), op::toString);
                assertFalse(text(op.s()).matches("/(proc|sys)/(?!fs/cgroup).*"), op::toString);
            }
        }
        assertEquals(root, compiled.plan().ops(Phase.CHILD).get(0).slot());
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void noPathOfTheHostsIsInAPlan(@ForAll("containers") Inputs in) {
        LaunchPlan plan = in.compile().plan();
        for (Phase phase : Phase.values()) {
            for (Op op : plan.ops(phase)) {
                for (byte[] bytes : List.of(op.s(), op.t(), op.u())) {
                    assertFalse(text(bytes).contains(HOST_PATH), op::toString);
                }
            }
        }
        boolean bound = in.mounts.stream().anyMatch(m -> m.about().contains(HOST_PATH));
        assertEquals(bound, plan.ops(Phase.CHILD).stream().anyMatch(o -> o.about().contains(HOST_PATH)), "errors still name it");
    }

    /** Every slot an operation uses was received or filled by an operation before it. */
    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void slotsAreFilledBeforeTheyAreUsed(@ForAll("containers") Inputs in) {
        LaunchPlan plan = in.compile().plan();
        Set<Integer> filled = new HashSet<>(IntStream.range(0, plan.fds()).boxed().toList());
        Set<OpCode> filling = Set.of(OpCode.FSMOUNT, OpCode.OPEN_TREE, OpCode.TERMINAL);
        for (Phase phase : List.of(Phase.PREPARE, Phase.PREFIX, Phase.CHILD)) {
            for (Op op : plan.ops(phase)) {
                boolean fresh = filling.contains(op.code());
                for (int slot : fresh ? new int[] {op.slot2()} : new int[] {op.slot(), op.slot2()}) {
                    assertTrue(slot >= LaunchPlan.SLOT_ENGINE || filled.contains(slot), () -> op + " uses an empty slot");
                }
                if (fresh) {
                    assertTrue(filled.add(op.slot()), () -> op + " fills a slot twice");
                }
                if (op.code() == OpCode.TERMINAL) {
                    filled.add((int) op.a());
                }
            }
        }
        assertEquals(plan.slots(), filled.size());
    }

    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
    void whatRunsInAContainerIsClosedAndDroppedAsItsFirstProcess(@ForAll("containers") Inputs in) {
        LaunchPlan plan = ExecCompiler.compile(new ExecInput(0x4E020000L, in.process(), 24 << 16 | 80, in.privilege, List.of(), List.of(), List.of()));
        List<Op> child = plan.ops(Phase.CHILD);
        assertEquals(child.size() - 1, only(child, OpCode.EXEC));
        assertTrue(only(child, OpCode.CLOSE) < only(child, OpCode.CHDIR) && only(child, OpCode.CHDIR) < only(child, OpCode.IDS));
        assertEquals(powers(child(in)), powers(child));
        assertEquals(OpCode.PID_NAMESPACE, plan.ops(Phase.PREPARE).get(0).code());
    }

    private static List<Op> powers(List<Op> child) {
        return child.subList(only(child, OpCode.CAP_BOUNDING), child.size()).stream()
                .filter(o -> !Set.of(OpCode.INIT, OpCode.DUP, OpCode.CLOSE, OpCode.CHDIR).contains(o.code())).toList();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
