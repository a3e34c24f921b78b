package dev.caisson.registry.protocol;

/** What a client is told went wrong (OCI distribution spec, error codes; the last four are docker's). */
public enum Code {
    BLOB_UNKNOWN(404),
    BLOB_UPLOAD_INVALID(400),
    BLOB_UPLOAD_UNKNOWN(404),
    DIGEST_INVALID(400),
    MANIFEST_BLOB_UNKNOWN(400),
    MANIFEST_INVALID(400),
    MANIFEST_UNKNOWN(404),
    NAME_INVALID(400),
    NAME_UNKNOWN(404),
    SIZE_INVALID(400),
    UNAUTHORIZED(401),
    DENIED(403),
    UNSUPPORTED(405),
    TOOMANYREQUESTS(429),
    TAG_INVALID(400),
    RANGE_INVALID(416),
    PAGINATION_NUMBER_INVALID(400),
    UNKNOWN(500);

    private final int status;

    Code(int status) {
        this.status = status;
    }

    /** The HTTP status that goes with it, unless a better one is said. */
    public int status() {
        return status;
    }
}
