package dev.caisson.network.dns;

/** What arrived is no question. */
public final class BadMessage extends Exception {
    private static final long serialVersionUID = 1L;

    private final int id;
    private final int code;

    BadMessage(int id, int code, String what) {
        super(what, null, false, false);
        this.id = id;
        this.code = code;
    }

    /** The response code to answer with; -1 for no answer at all. */
    public int code() {
        return code;
    }

    /** The answer that says so, which repeats nothing of it. */
    public byte[] reply() {
        return Reply.header(id, code);
    }
}
