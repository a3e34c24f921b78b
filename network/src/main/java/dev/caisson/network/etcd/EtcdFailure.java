package dev.caisson.network.etcd;

import org.jspecify.annotations.Nullable;

/** A call that etcd did not carry out. */
public final class EtcdFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** What kind of failure it is: what can be done about it. */
    public enum Kind {
        /** No answer, or none in time; it may have been carried out. */
        UNREACHABLE,
        /** Its revision is compacted: what is there has to be read anew. */
        COMPACTED,
        /** The lease is over. */
        NO_LEASE,
        /** User or password are wrong, or the user has no right to it. */
        DENIED,
        /** The answer is not one of etcd's. */
        GARBAGE,
        /** etcd refused it for another reason. */
        REFUSED
    }

    EtcdFailure(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    EtcdFailure(Kind kind, String message) {
        this(kind, message, null);
    }

    /** What kind it is. */
    public Kind kind() {
        return kind;
    }
}
