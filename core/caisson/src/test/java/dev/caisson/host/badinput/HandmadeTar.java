package dev.caisson.host.badinput;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Archives as no tar(1) would write them. */
final class HandmadeTar {
    private HandmadeTar() {}

    /** One ustar entry, by hand, so that nothing cleans its name. */
    static byte[] entry(String name, char type, String link, String content) {
        byte[] header = new byte[512];
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 100) {
            return concat(entry("././@LongLink", 'L', "", name + "\0"), entry(name.substring(0, 99), type, link, content));
        }
        if (link.length() > 100) {
            return concat(entry("././@LongLink", 'K', "", link + "\0"), entry(name, type, link.substring(0, 99), content));
        }
        put(header, 0, name);
        put(header, 100, "0000755\0");
        put(header, 108, "0000000\0");
        put(header, 116, "0000000\0");
        put(header, 124, String.format("%011o\0", content.length()));
        put(header, 136, "00000000000\0");
        put(header, 148, "        ");
        header[156] = (byte) type;
        put(header, 157, link);
        put(header, 257, "ustar  \0");
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        put(header, 148, String.format("%06o\0 ", sum));
        return concat(header, Arrays.copyOf(content.getBytes(StandardCharsets.UTF_8), (content.length() + 511) / 512 * 512));
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    static byte[] tar(byte[]... entries) {
        byte[] all = new byte[0];
        for (byte[] entry : entries) {
            all = concat(all, entry);
        }
        return concat(all, new byte[1024]);
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }
}
