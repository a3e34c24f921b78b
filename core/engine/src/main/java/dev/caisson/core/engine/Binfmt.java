package dev.caisson.core.engine;

import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/**
 * An interpreter that the kernel has for some programs (Documentation/admin-guide/binfmt-misc.rst).
 *
 * @param offset of the first byte that is compared
 * @param magic what it is compared with
 * @param mask bits that count
 */
record Binfmt(int offset, byte[] magic, byte[] mask) {
    /** Class, byte order and machine of ELF headers (elf(5)), by Go's words. */
    private static final Map<String, int[]> MACHINES = Map.ofEntries(Map.entry("amd64", new int[] {2, 1, 62}), Map.entry("386", new int[] {1, 1, 3}),
            Map.entry("arm64", new int[] {2, 1, 183}), Map.entry("arm", new int[] {1, 1, 40}), Map.entry("ppc64le", new int[] {2, 1, 21}), Map.entry("ppc64", new int[] {2, 2, 21}),
            Map.entry("s390x", new int[] {2, 2, 22}), Map.entry("riscv64", new int[] {2, 1, 243}), Map.entry("loong64", new int[] {2, 1, 258}),
            Map.entry("mips64le", new int[] {2, 1, 8}), Map.entry("mips64", new int[] {2, 2, 8}), Map.entry("mipsle", new int[] {1, 1, 8}), Map.entry("mips", new int[] {1, 2, 8}));
    private static final int HEADER = 20;
    private static final int LONGEST = 128;

    /**
     * Reads what the kernel says of one; empty if it is switched off, goes by the file's name, or has not the flag F: without that the interpreter would have to be in the
     * container's root.
     */
    static Optional<Binfmt> parse(String text) {
        Map<String, String> lines = new HashMap<>();
        for (String line : text.split("\n")) {
            int space = line.indexOf(' ');
            lines.putIfAbsent(space < 0 ? line : line.substring(0, space), space < 0 ? "" : line.substring(space + 1).strip());
        }
        if (!lines.containsKey("enabled") || !lines.getOrDefault("flags:", "").contains("F") || !lines.containsKey("magic")) {
            return Optional.empty();
        }
        try {
            byte[] magic = HexFormat.of().parseHex(lines.get("magic"));
            byte[] mask = lines.containsKey("mask") ? HexFormat.of().parseHex(lines.get("mask")) : all(magic.length);
            int offset = Integer.parseInt(lines.getOrDefault("offset", "0"));
            return magic.length == mask.length && magic.length <= LONGEST && offset >= 0 && offset <= HEADER ? Optional.of(new Binfmt(offset, magic, mask)) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static byte[] all(int length) {
        byte[] mask = new byte[length];
        java.util.Arrays.fill(mask, (byte) 0xff);
        return mask;
    }

    /** Whether it is for programs of a processor. */
    boolean runs(String architecture) {
        int[] machine = MACHINES.get(architecture);
        if (machine == null || offset + magic.length > HEADER) {
            return false;
        }
        byte[] header = header(machine);
        for (int i = 0; i < magic.length; i++) {
            if ((header[offset + i] & mask[i]) != (magic[i] & mask[i])) {
                return false;
            }
        }
        return true;
    }

    /** The first bytes of an executable. */
    private static byte[] header(int[] machine) {
        byte[] header = new byte[HEADER];
        byte[] start = {0x7f, 'E', 'L', 'F', (byte) machine[0], (byte) machine[1], 1};
        System.arraycopy(start, 0, header, 0, start.length);
        boolean little = machine[1] == 1;
        header[little ? 16 : 17] = 2;
        header[little ? 18 : 19] = (byte) machine[2];
        header[little ? 19 : 18] = (byte) (machine[2] >> 8);
        return header;
    }
}
