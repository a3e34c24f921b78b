package dev.caisson.spi;

/**
 * Whether a driver can work on this host, as a value.
 *
 * @param available whether it can
 * @param cause how it was found out that it cannot, with the errno; "" when available
 * @param remedy the exact line that would make it available; "" when available or when nothing would
 */
public record Availability(boolean available, String cause, String remedy) {
    /**
     * It works here.
     *
     * @return without cause and remedy
     */
    public static Availability yes() {
        return new Availability(true, "", "");
    }

    /**
     * It does not work here.
     *
     * @param cause how it was found out, with the errno
     * @param remedy the exact line that would help; "" if nothing would
     * @return not available
     */
    public static Availability no(String cause, String remedy) {
        return new Availability(false, cause, remedy);
    }
}
