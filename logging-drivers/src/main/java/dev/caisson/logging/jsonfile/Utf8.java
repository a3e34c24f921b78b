package dev.caisson.logging.jsonfile;

import java.nio.ByteBuffer;

/** Which bytes are UTF-8, decided as Go's unicode/utf8 does: no overlong forms, no surrogates, nothing above U+10FFFF. */
final class Utf8 {
    private Utf8() {}

    /** The length of the sequence that begins at a byte from 0x80 on, 0 if none does. */
    static int length(ByteBuffer bytes, int at, int limit) {
        int first = bytes.get(at) & 0xff;
        int length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
        if (length == 0 || at + length > limit) {
            return 0;
        }
        int second = bytes.get(at + 1) & 0xff;
        int least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        int most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        if (second < least || second > most) {
            return 0;
        }
        for (int i = 2; i < length; i++) {
            if ((bytes.get(at + i) & 0xc0) != 0x80) {
                return 0;
            }
        }
        return length;
    }
}
