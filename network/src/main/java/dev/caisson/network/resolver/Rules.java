package dev.caisson.network.resolver;

import dev.caisson.network.dns.Query;
import dev.caisson.network.dns.Question;
import dev.caisson.network.dns.Reply;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What is answered here, and how. Pure but for the order of addresses. */
final class Rules {
    private static final String REVERSE = ".in-addr.arpa";
    private static final String HOST = "host.docker.internal";

    private Rules() {}

    /** The answer; empty if somebody else has to be asked. @param limit bytes */
    static Optional<byte[]> answer(Asker asker, Query query, int limit) {
        Question question = query.question();
        if (question.klass() != Question.IN) {
            return Optional.of(Reply.of(query, Reply.REFUSED));
        }
        String name = question.name();
        List<Integer> addresses = name.isEmpty() ? List.of() : asker.lookup(name);
        if (addresses.isEmpty() && name.equals(HOST) && asker.host().isPresent()) {
            addresses = List.of(asker.host().get());
        }
        if (!addresses.isEmpty()) {
            if (question.type() == Question.A || question.type() == Question.ANY) {
                return Optional.of(Reply.addresses(query, shuffled(addresses), limit));
            }
            List<byte[]> six = question.type() == Question.AAAA ? asker.lookup6(name) : List.of();
            return Optional.of(six.isEmpty() ? Reply.of(query, Reply.NOERROR) : Reply.addresses6(query, shuffled(six), limit)); // there is the name, but no such address
        }
        OptionalInt address = reversed(name);
        if (address.isPresent() && asker.near(address.getAsInt())) {
            return Optional.of(named(query, asker.reverse(address.getAsInt())));
        }
        Optional<byte[]> address6 = reversed6(name);
        if (address6.isPresent() && asker.near6(address6.get())) {
            return Optional.of(named(query, asker.reverse6(address6.get())));
        }
        if (asker.host().isEmpty()) {
            return Optional.of(Reply.of(query, Reply.SERVFAIL));
        }
        OptionalInt refused = asker.refuses(question);
        return refused.isPresent() ? Optional.of(Reply.of(query, refused.getAsInt())) : Optional.empty();
    }

    private static byte[] named(Query query, Optional<String> found) {
        int type = query.question().type();
        boolean wanted = type == Question.PTR || type == Question.ANY;
        return found.isEmpty() ? Reply.of(query, Reply.NXDOMAIN) : wanted ? Reply.name(query, found.get()) : Reply.of(query, Reply.NOERROR);
    }

    /** Several containers of one name take turns. */
    private static <T> List<T> shuffled(List<T> addresses) {
        List<T> all = new ArrayList<>(addresses);
        Collections.shuffle(all);
        return all;
    }

    /** The address that 32 digits, the last first, and {@code ip6.arpa} ask for. */
    static Optional<byte[]> reversed6(String name) {
        if (!name.matches("([0-9a-f]\\.){32}ip6\\.arpa")) {
            return Optional.empty();
        }
        byte[] address = new byte[16];
        for (int i = 0; i < 32; i++) {
            address[15 - i / 2] |= (byte) (Character.digit(name.charAt(2 * i), 16) << (i % 2 == 0 ? 0 : 4));
        }
        return Optional.of(address);
    }

    /** The address that {@code 4.3.2.1.in-addr.arpa} asks for. */
    static OptionalInt reversed(String name) {
        if (!name.endsWith(REVERSE)) {
            return OptionalInt.empty();
        }
        String[] parts = name.substring(0, name.length() - REVERSE.length()).split("\\.", -1);
        int address = 0;
        for (int i = parts.length - 1; i >= 0; i--) {
            if (parts.length != 4 || !parts[i].matches("0|[1-9]\\d{0,2}") || Integer.parseInt(parts[i]) > 255) {
                return OptionalInt.empty();
            }
            address = address << 8 | Integer.parseInt(parts[i]);
        }
        return OptionalInt.of(address);
    }
}
