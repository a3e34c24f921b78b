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
            boolean wanted = question.type() == Question.A || question.type() == Question.ANY;
            return Optional.of(wanted ? Reply.addresses(query, shuffled(addresses), limit) : Reply.of(query, Reply.NOERROR)); // AAAA: there is the name, but no such address
        }
        OptionalInt address = reversed(name);
        if (address.isPresent() && asker.near(address.getAsInt())) {
            Optional<String> found = asker.reverse(address.getAsInt());
            boolean wanted = question.type() == Question.PTR || question.type() == Question.ANY;
            return Optional.of(found.isEmpty() ? Reply.of(query, Reply.NXDOMAIN) : wanted ? Reply.name(query, found.get()) : Reply.of(query, Reply.NOERROR));
        }
        return asker.host().isPresent() ? Optional.empty() : Optional.of(Reply.of(query, Reply.SERVFAIL));
    }

    /** Several containers of one name take turns. */
    private static List<Integer> shuffled(List<Integer> addresses) {
        List<Integer> all = new ArrayList<>(addresses);
        Collections.shuffle(all);
        return all;
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
