package dev.caisson.network.resolver;

import dev.caisson.network.dns.BadMessage;
import dev.caisson.network.dns.Query;
import dev.caisson.network.dns.Reply;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Consumer;

/** One question that is asked on: whom, under which number, and whoever waits for the answer. On the resolver's thread alone. */
final class Exchange {
    private final byte[] message;
    private final Query query;
    private final String asker;
    private final List<InetSocketAddress> servers;
    private final Consumer<byte[]> answer;
    private int next;
    private boolean over;

    Exchange(byte[] message, Query query, String asker, List<InetSocketAddress> servers, Consumer<byte[]> answer) {
        this.message = message;
        this.query = query;
        this.asker = asker;
        this.servers = servers;
        this.answer = answer;
    }

    String asker() {
        return asker;
    }

    /** Who is to be asked now; null when all were. */
    @org.jspecify.annotations.Nullable InetSocketAddress nextServer() {
        return next < servers.size() ? servers.get(next++) : null;
    }

    byte[] numbered(int id) {
        return Reply.numbered(message, id);
    }

    /** Whether what a server sent is the answer to what it was asked under this number. */
    boolean answers(byte[] received, int id) {
        try {
            Query other = Query.parse(received);
            return other.response() && other.id() == id && other.question().same(query.question());
        } catch (BadMessage e) {
            return false;
        }
    }

    void succeed(byte[] received) {
        finish(Reply.numbered(received, query.id()));
    }

    void fail() {
        finish(Reply.of(query, Reply.SERVFAIL));
    }

    private void finish(byte[] reply) {
        if (!over) {
            over = true;
            answer.accept(reply);
        }
    }
}
