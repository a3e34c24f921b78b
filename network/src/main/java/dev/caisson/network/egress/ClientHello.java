package dev.caisson.network.egress;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The first message of TLS (RFC 8446 4.1.2, 5.1), for the name of the server in it (RFC 6066 3). What servers could read in two ways is refused. */
final class ClientHello {
    static final byte HANDSHAKE = 22;
    private static final int CLIENT_HELLO = 1;
    private static final int RECORD_HEADER = 5;
    private static final int MESSAGE_HEADER = 4;
    private static final int MOST_OF_A_RECORD = 1 << 14;
    private static final int VERSION_AND_RANDOM = 2 + 32;
    private static final int SERVER_NAME = 0;
    private static final int HOST_NAME = 0;

    private ClientHello() {}

    static Greeting read(byte[] bytes, int length) {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        int at = 0;
        while (true) { // it may come in several records
            if (message.size() >= MESSAGE_HEADER && message.size() >= MESSAGE_HEADER + size(message.toByteArray())) {
                return hello(message.toByteArray());
            }
            if (length - at < RECORD_HEADER) {
                return at + RECORD_HEADER > Greeting.MOST ? bad("is too long") : new Greeting.Unfinished();
            }
            int fragment = Short.toUnsignedInt(ByteBuffer.wrap(bytes).getShort(at + 3));
            if (bytes[at] != HANDSHAKE || bytes[at + 1] != 3 || fragment == 0 || fragment > MOST_OF_A_RECORD) {
                return bad("is malformed");
            }
            int there = Math.min(fragment, length - at - RECORD_HEADER);
            message.write(bytes, at + RECORD_HEADER, there);
            byte[] sofar = message.toByteArray();
            if (sofar.length > 0 && sofar[0] != CLIENT_HELLO || sofar.length >= MESSAGE_HEADER && size(sofar) > Greeting.MOST - MESSAGE_HEADER - RECORD_HEADER) {
                return bad("is not the beginning of a connection");
            }
            if (there < fragment) {
                return message.size() >= MESSAGE_HEADER && message.size() >= MESSAGE_HEADER + size(sofar) ? hello(sofar) : new Greeting.Unfinished();
            }
            at += RECORD_HEADER + fragment;
        }
    }

    private static int size(byte[] message) {
        return (message[1] & 255) << 16 | (message[2] & 255) << 8 | message[3] & 255;
    }

    private static Greeting bad(String why) {
        return new Greeting.Bad("tls", "", "its TLS greeting " + why);
    }

    private static Greeting hello(byte[] message) {
        try {
            ByteBuffer in = ByteBuffer.wrap(message, MESSAGE_HEADER, size(message)).slice();
            skip(in, VERSION_AND_RANDOM);
            skip(in, in.get() & 255); // session
            skip(in, Short.toUnsignedInt(in.getShort())); // cipher suites
            skip(in, in.get() & 255); // compression
            return in.hasRemaining() ? extensions(in) : bad("says no name (SNI)");
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return bad("is malformed");
        }
    }

    private static void skip(ByteBuffer in, int bytes) {
        in.position(in.position() + bytes);
    }

    private static ByteBuffer part(ByteBuffer in, int bytes) {
        ByteBuffer part = in.slice().limit(bytes);
        skip(in, bytes);
        return part;
    }

    private static Greeting extensions(ByteBuffer in) {
        ByteBuffer all = part(in, Short.toUnsignedInt(in.getShort()));
        if (in.hasRemaining()) {
            return bad("is malformed");
        }
        String name = "";
        boolean found = false;
        while (all.hasRemaining()) {
            int type = Short.toUnsignedInt(all.getShort());
            ByteBuffer body = part(all, Short.toUnsignedInt(all.getShort()));
            if (type == SERVER_NAME) {
                if (found) {
                    return bad("says two names");
                }
                found = true;
                ByteBuffer list = part(body, Short.toUnsignedInt(body.getShort()));
                int kind = list.get();
                byte[] text = new byte[Short.toUnsignedInt(list.getShort())];
                list.get(text);
                if (kind != HOST_NAME || list.hasRemaining() || body.hasRemaining()) {
                    return bad("says more than one name, or none");
                }
                name = Greeting.name(new String(text, StandardCharsets.ISO_8859_1));
            }
        }
        return !found ? bad("says no name (SNI)") : name.isEmpty() ? bad("says a name that is none") : new Greeting.Tls(name);
    }
}
