package dev.caisson.core.layer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The records of a pax extended header: {@code "<length> <key>=<value>\n"}, the length counting itself. Values are bytes. The order is kept, for GNU
 * sparse 0.0 repeats its keys.
 */
final class PaxRecords {
    /** One record. */
    record Pax(String key, byte[] value) {
        String text() {
            return dev.caisson.linux.PathBytes.decode(value);
        }
    }

    private PaxRecords() {}

    static List<Pax> parse(byte[] data, Fault fault) {
        List<Pax> records = new ArrayList<>();
        int at = 0;
        while (at < data.length) {
            int space = at;
            int length = 0;
            while (space < data.length && data[space] >= '0' && data[space] <= '9' && space - at < 9) {
                length = length * 10 + data[space++] - '0';
            }
            if (space == at || space >= data.length || data[space] != ' ' || length > data.length - at || length < space - at + 4) {
                throw fault.malformed("a pax record has no proper length at byte " + at + " of its header");
            }
            int end = at + length - 1;
            int equals = space + 1;
            while (equals < end && data[equals] != '=') {
                equals++;
            }
            if (data[end] != '\n' || equals == end || equals == space + 1) {
                throw fault.malformed("a pax record at byte " + at + " of its header is not of the form key=value");
            }
            String key = dev.caisson.linux.PathBytes.decode(java.util.Arrays.copyOfRange(data, space + 1, equals));
            if (key.indexOf('\0') >= 0) {
                throw fault.malformed("a pax key contains a NUL byte");
            }
            records.add(new Pax(key, java.util.Arrays.copyOfRange(data, equals + 1, end)));
            at = end + 1;
        }
        return records;
    }

    /** Appends one record. */
    static void write(ByteArrayOutputStream out, String key, byte[] value) {
        byte[] name = dev.caisson.linux.PathBytes.encode(key);
        int body = name.length + value.length + 3;
        int length = body + Integer.toString(body).length();
        // The length counts its own digits, which may make it one digit longer.
        length = body + Integer.toString(length).length();
        out.writeBytes((length + " ").getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(name);
        out.write('=');
        out.writeBytes(value);
        out.write('\n');
    }
}
