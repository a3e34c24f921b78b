package dev.caisson.core.layer;

/** The decimal lines at the head of a GNU sparse 1.0 file; what follows the last number in its block is padding. */
final class DecimalLines {
    private final TarReader reader;
    private final Fault fault;
    private final byte[] block = new byte[TarHeader.BLOCK];
    private int at = TarHeader.BLOCK;

    DecimalLines(TarReader reader, Fault fault) {
        this.reader = reader;
        this.fault = fault;
    }

    long next() {
        StringBuilder digits = new StringBuilder();
        while (digits.length() < 20) {
            if (at == block.length) {
                if (!reader.contentBlock(block)) {
                    throw fault.malformed("the sparse map is longer than the file");
                }
                at = 0;
            }
            char c = (char) block[at++];
            if (c == '\n') {
                return SparseMap.decimal(digits.toString(), fault);
            }
            digits.append(c);
        }
        throw fault.malformed("the sparse map is not made of decimal lines");
    }
}
