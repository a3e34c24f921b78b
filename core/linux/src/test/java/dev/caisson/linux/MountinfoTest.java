package dev.caisson.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class MountinfoTest {
    @Property
    void entriesComeBack(@ForAll("tables") List<MountEntry> table) {
        StringBuilder text = new StringBuilder();
        table.forEach(entry -> text.append(print(entry)).append('\n'));
        assertEquals(table, Mountinfo.parse(text.toString()));
    }

    @Property
    void anyTextParsesOrIsNamedMalformed(@ForAll String text) {
        try {
            Mountinfo.parse(text);
        } catch (IllegalArgumentException e) {
            assertTrue(e.getMessage().startsWith("not a line of mountinfo: "), e.getMessage());
        }
    }

    @Property
    void damagedLinesNeverEscapeOtherwise(@ForAll("tables") List<MountEntry> table, @ForAll int cut) {
        for (MountEntry entry : table) {
            String line = print(entry);
            anyTextParsesOrIsNamedMalformed(line.substring(0, Math.floorMod(cut, line.length())));
        }
    }

    @Test
    void theFieldsOfTheManual() {
        MountEntry entry = Mountinfo.parse(
                "36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue\n").get(0);
        assertEquals(new MountEntry(36, 35, 98, 0, "/mnt1", "/mnt 2", "rw,noatime", List.of("master:1", "shared:2"),
                "ext3", "/dev/root", "rw,errors=continue"), entry);
        assertTrue(entry.hasOption("noatime") && entry.hasOption("errors=continue") && !entry.hasOption("atime"));
        assertEquals("", Mountinfo.parse("1 2 0:3 / / rw - tmpfs  rw").get(0).source());
        assertThrows(IllegalArgumentException.class, () -> Mountinfo.parse("36 35 98 / / rw - ext3 x rw"));
    }

    @Test
    void escapesAreUndoneOnce() {
        assertEquals(" \\040", Mountinfo.unescape("\\040\\134040"));
        assertEquals("\\08\\", Mountinfo.unescape("\\08\\"));
    }

    @Test
    void thisProcessHasARoot() {
        assertTrue(Mountinfo.read().stream().anyMatch(mount -> mount.target().equals("/")));
        assertEquals(Mountinfo.read(), Mountinfo.read(Processes.getpid()));
    }

    @Provide
    Arbitrary<List<MountEntry>> tables() {
        Arbitrary<String> name = Arbitraries.strings().withChars(" \t\n\\#/a0-é\uDCFF").ofMinLength(0).ofMaxLength(12);
        Arbitrary<String> word = Arbitraries.strings().alpha().withChars(":,=").ofMinLength(1).ofMaxLength(8);
        Arbitrary<Integer> number = Arbitraries.integers().greaterOrEqual(0);
        return Combinators.combine(number, number, number, name, name, word, word.list().ofMaxSize(3), name)
                .as((id, parent, dev, root, target, options, optional, source) -> new MountEntry(
                        id, parent, dev, id, "/" + root, "/" + target, options, optional, "fuse.x", source, options))
                .list().ofMaxSize(4);
    }

    private static String print(MountEntry e) {
        String optional = e.optionalFields().isEmpty() ? "" : String.join(" ", e.optionalFields()) + " ";
        return e.id() + " " + e.parent() + " " + e.major() + ":" + e.minor() + " " + mangle(e.root()) + " " + mangle(e.target())
                + " " + e.options() + " " + optional + "- " + e.type() + " " + mangle(e.source()) + " " + e.superOptions();
    }

    /** As the kernel's seq_path does. */
    private static String mangle(String name) {
        StringBuilder out = new StringBuilder();
        name.chars().forEach(c -> out.append(" \t\n\\#".indexOf(c) >= 0 ? String.format("\\%03o", c) : "" + (char) c));
        return out.toString();
    }
}
