package dev.caisson;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much a container may send and receive on each of its networks, in bits a second of whole frames, as tc-tbf(8) counts.
 *
 * @param egress what it sends; 0 for no limit
 * @param ingress what it receives; 0 for no limit
 */
public record Bandwidth(long egress, long ingress) {
    /** No limit. */
    public static final Bandwidth UNLIMITED = new Bandwidth(0, 0);
    /** The smallest limit: 8 kbit a second. */
    public static final long LEAST = 8_000;
    /** The largest limit: 100 Gbit a second. */
    public static final long MOST = 100_000_000_000L;
    private static final Pattern RATE = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,9})?)\\s*(k|m|g|)bit(?:/s|ps)?");

    /**
     * Limits that are checked.
     *
     * @throws InvalidSpec if a limit is not between {@link #LEAST} and {@link #MOST}
     */
    public Bandwidth {
        if (!possible(egress) || !possible(ingress)) {
            throw new InvalidSpec("bandwidth(" + egress + ", " + ingress + ")", "is not between 8kbit and 100gbit", "0 is no limit");
        }
    }

    /**
     * Reads rates as tc(8) writes them: {@code 10mbit}, {@code 1.5gbit}, {@code 500kbit}, powers of 1,000.
     *
     * @param egress what it sends; "" for no limit
     * @param ingress what it receives; "" for no limit
     * @return in bits a second
     * @throws InvalidSpec if they are not like that
     * @throws InvalidSpec if one is not like that, or not from 8 kbit to 100 Gbit
     */
    public static Bandwidth of(String egress, String ingress) {
        return new Bandwidth(rate(egress), rate(ingress));
    }

    private static boolean possible(long rate) {
        return rate == 0 || rate >= LEAST && rate <= MOST;
    }

    static long rate(String text) {
        if (text.isEmpty()) {
            return 0;
        }
        Matcher parts = RATE.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (parts.matches()) {
            long unit = switch (parts.group(2)) {
                case "k" -> 1_000L;
                case "m" -> 1_000_000L;
                case "g" -> 1_000_000_000L;
                default -> 1L;
            };
            BigDecimal rate = new BigDecimal(parts.group(1)).multiply(BigDecimal.valueOf(unit));
            if (rate.compareTo(BigDecimal.valueOf(LEAST)) >= 0 && rate.compareTo(BigDecimal.valueOf(MOST)) <= 0) {
                return rate.longValue();
            }
        }
        throw new InvalidSpec("bandwidth rate \"" + text + "\"", "is not a rate from 8kbit to 100gbit, such as 10mbit", "\"\" is no limit");
    }

    /** {@return whether nothing is limited} */
    public boolean unlimited() {
        return equals(UNLIMITED);
    }

    private static String text(long rate) {
        return rate == 0 ? "unlimited" : rate % 1_000_000 == 0 ? rate / 1_000_000 + "mbit" : rate % 1_000 == 0 ? rate / 1_000 + "kbit" : rate + "bit";
    }

    /** {@code 10mbit out, unlimited in}. */
    @Override
    public String toString() {
        return text(egress) + " out, " + text(ingress) + " in";
    }
}
