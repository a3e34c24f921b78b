package dev.caisson;

/** Whether a container can write its root file system. */
public enum ReadOnly {
    /** It can. */
    NO,
    /**
     * It cannot, except for what the file-system standard calls volatile ({@code /run /tmp /var/tmp /var/cache /var/lock}) and the image's volumes: these
     * begin with the image's content and are thrown away.
     */
    VOLATILE,
    /** It cannot at all, as {@code docker run --read-only}. */
    STRICT
}
