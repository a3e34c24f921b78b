package dev.caisson.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.LaunchFailed;
import dev.caisson.Stage;
import dev.caisson.core.guard.GuardFailure;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.linux.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What the guard's record of a failure says to people. */
class LaunchErrorsTest {
    private static LaunchFailed of(Op op, int errno, String path) {
        LaunchPlan plan = new LaunchPlan.Builder().add(Phase.CHILD, Op.of(OpCode.SIGNALS)).add(Phase.CHILD, op).build();
        return LaunchErrors.of("container web", plan, new GuardFailure(Phase.CHILD, 1, op.code().code(), 0, errno, path), "nginx");
    }

    private static LaunchFailed exec(int errno) {
        return of(Op.of(OpCode.EXEC), errno, "/usr/bin/nginx");
    }

    @ParameterizedTest
    @CsvSource({"2,ENOENT", "20,ENOTDIR"})
    void aProgramThatIsMissingIs127(int errno, String name) {
        LaunchFailed e = exec(errno);
        assertEquals(127, e.exitCode());
        assertEquals(Stage.EXEC, e.stage());
        assertEquals(errno, e.errno());
        assertTrue(e.what().startsWith("could not start container web: program 'nginx' was not found: /usr/bin/nginx: " + name + " (" + errno + ")"), e::what);
        assertTrue(e.remedy().contains("PATH") && e.remedy().contains("interpreter"), e::remedy);
    }

    @ParameterizedTest
    @CsvSource({"13,chmod +x", "8,#!/bin/sh", "1,capability bounding set", "7,too large together", "5,''"})
    void aProgramThatCannotBeExecutedIs126(int errno, String remedy) {
        LaunchFailed e = exec(errno);
        assertEquals(126, e.exitCode());
        assertEquals(Stage.EXEC, e.stage());
        assertTrue(e.what().contains("program 'nginx' cannot be executed: /usr/bin/nginx: "), e::what);
        assertTrue(remedy.isEmpty() ? e.remedy().isEmpty() : e.remedy().contains(remedy), e::remedy);
    }

    @ParameterizedTest
    @EnumSource(value = OpCode.class, mode = EnumSource.Mode.EXCLUDE, names = "EXEC")
    void everythingElseIs125AndSaysCallObjectReasonAndPlace(OpCode code) {
        LaunchFailed e = of(Op.of(code).about("tmpfs(\"/a\")"), Errno.EIO, "/a");
        assertEquals(125, e.exitCode());
        assertEquals(Stage.SPAWN, e.stage());
        assertEquals("could not start container web: tmpfs(\"/a\"): could not " + code.text() + " /a: " + Errno.describe(Errno.EIO) + " (CHILD op 2 of 2)", e.what());
        assertTrue(of(Op.of(code), Errno.EIO, "").what().startsWith("could not start container web: could not " + code.text() + ": EIO (5)"));
    }

    @ParameterizedTest
    @CsvSource({"CHDIR,20,is no directory", "CHDIR,2,another workdir", "ATTACH,40,symbolic link", "ATTACH,2,symbolic link", "ATTACH,20,symbolic link",
            "OPEN_TREE,18,symbolic link", "MKDIR,40,symbolic link", "WRITE,2,this kernel does not have it",
            "WRITE,22,does not take that value", "RLIMIT,1,CAP_SYS_RESOURCE", "FSMOUNT,19,lacks that file system", "FSMOUNT,22,an option",
            "SECCOMP,22,seccompUnconfined()", "CGROUP_MAKE,17,left over", "CGROUP_MAKE,13,cgroupParent", "UNSHARE,1,needs root", "SETNS,28,max_*_namespaces",
            "INIT,11,limit of processes"})
    void remedies(OpCode code, int errno, String remedy) {
        assertTrue(of(Op.of(code), errno, "x").remedy().contains(remedy), () -> of(Op.of(code), errno, "x").remedy());
    }

    @ParameterizedTest
    @CsvSource({"RLIMIT,22", "FSMOUNT,12", "MKDIR,5", "HOSTNAME,22"})
    void noRemedyIsMadeUp(OpCode code, int errno) {
        assertEquals("", of(Op.of(code), errno, "x").remedy());
    }

    @ParameterizedTest
    @CsvSource({"1,needs root", "28,max_*_namespaces", "11,limit of processes"})
    void theCloneItself(int errno, String remedy) {
        LaunchPlan plan = new LaunchPlan.Builder().add(Phase.PREPARE, Op.of(OpCode.CGROUP_MAKE)).build();
        LaunchFailed e = LaunchErrors.of("container web", plan, new GuardFailure(Phase.PREPARE, 1, 0, 11, errno, "clone3"), "nginx");
        assertEquals("could not start container web: could not clone a process: clone3: " + Errno.describe(errno) + " (after PREPARE)", e.what());
        assertEquals(125, e.exitCode());
        assertTrue(e.remedy().contains(remedy), e::remedy);
    }

    /** A report that does not fit the plan is still told, and blames no operation of it. */
    @Test
    void aReportOfAnotherPlan() {
        LaunchPlan plan = new LaunchPlan.Builder().add(Phase.CHILD, Op.of(OpCode.SIGNALS).about("the wrong one")).build();
        LaunchFailed e = LaunchErrors.of("container web", plan, new GuardFailure(Phase.CHILD, 0, 999, 0, Errno.EIO, ""), "nginx");
        assertTrue(e.what().contains("could not do operation 999: EIO"), e::what);
        assertFalse(e.what().contains("the wrong one"));
    }
}
