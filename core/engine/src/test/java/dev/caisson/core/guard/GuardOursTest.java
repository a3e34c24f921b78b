package dev.caisson.core.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.core.guard.Answer.Type;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.core.launch.OpFlags;
import dev.caisson.linux.Errno;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The short ways in a file system that only the child has: one call finds a plain name, and nothing else is followed. */
@Tag("host")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GuardOursTest {
    private static final int OURS = OpFlags.OURS;
    private GuardUnderTest guard;

    @BeforeEach
    void start() {
        guard = new GuardUnderTest();
    }

    @AfterEach
    void stop() {
        guard.close();
    }

    private static Op tmpfs() {
        return Op.of(OpCode.FSMOUNT).slot(HostTree.FREE).s("tmpfs").t(Op.strings(List.of("mode=711")));
    }

    private static Op attach(String name, int flags) {
        return Op.of(OpCode.ATTACH).slot(HostTree.FREE).slot2(HostTree.SCRATCH).s(name).flags(flags);
    }

    private static Op mkdir(String name, int mode) {
        return Op.of(OpCode.MKDIR).slot(HostTree.SCRATCH).s(name).a(mode);
    }

    private String seen(HostTree tree, String script) {
        return HostTree.run(guard, tree.exec("/bin/sh", "-c", script)).output();
    }

    @Test
    void aMountIsAttachedByOneNameAndItsDirectoryMade() {
        assertEquals("711\ntwo\n", seen(HostTree.tree().before(tmpfs(), attach("two", OURS | OpFlags.MAKE_DIR)), "stat -c %a /mnt/two; ls /mnt"));
    }

    @Test
    void nodesDirectoriesAndLinksHaveTheirExactModeWhateverTheUmask() {
        HostTree tree = HostTree.tree().before(Op.of(OpCode.UMASK).a(077), mkdir("open", 0777), mkdir("open", 0777), Op.of(OpCode.SYMLINK).slot(HostTree.SCRATCH).s("link").t("open"),
                Op.of(OpCode.MKNOD).slot(HostTree.SCRATCH).s("null").args(0x2000 | 0666, 1, 3), Op.of(OpCode.MKNOD).slot(HostTree.SCRATCH).s("open/zero").args(0x2000 | 0622, 1, 5));
        assertEquals("777\n666\n622\nopen\n", seen(tree, "stat -c %a /mnt/open /mnt/null /mnt/open/zero; readlink /mnt/link"));
    }

    @Test
    void aNameThatIsALinkIsNotFollowed() {
        HostTree tree = HostTree.tree().before(mkdir("away", 0755), Op.of(OpCode.SYMLINK).slot(HostTree.SCRATCH).s("link").t("away"), tmpfs(), attach("link", OURS));
        Answer.Failure failure = HostTree.run(guard, tree.exec("/bin/true")).only(Type.FAILED).failure();
        assertEquals(OpCode.ATTACH.code(), failure.code());
        assertEquals(Errno.EINVAL, failure.errno(), "a directory cannot be attached to a link");
    }

    @Test
    void whatIsNotThereIsPassedOverOnlyWhereThatIsAllowed() {
        assertEquals("0\n", seen(HostTree.tree().before(tmpfs(), attach("missing", OURS | OpFlags.OPTIONAL)), "ls /mnt | wc -l"));
        Answer.Failure failure = HostTree.run(guard, HostTree.tree().before(tmpfs(), attach("missing", OURS)).exec("/bin/true")).only(Type.FAILED).failure();
        assertEquals(Errno.ENOENT, failure.errno());
    }

    @Test
    void aPathOfSeveralNamesStaysInside() {
        HostTree tree = HostTree.tree().before(mkdir("a", 0755), mkdir("a/b", 0755), Op.of(OpCode.SYMLINK).slot(HostTree.SCRATCH).s("up").t("../../../a"), tmpfs(), attach("up/b", OURS));
        assertEquals("711\n", seen(tree, "stat -c %a /mnt/a/b"));
    }

    @Test
    void aTreeIsClonedByOneName() {
        HostTree tree = HostTree.tree().before(mkdir("from", 0700), mkdir("to", 0755),
                Op.of(OpCode.OPEN_TREE).slot(HostTree.FREE).slot2(HostTree.SCRATCH).s("from").a(1).flags(OURS), attach("to", OURS));
        assertEquals("700\n", seen(tree, "stat -c %a /mnt/to"));
    }
}
