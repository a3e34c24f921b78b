package dev.caisson.core.engine;

import dev.caisson.HostReport.Finding;
import dev.caisson.HostReport.Grade;
import dev.caisson.linux.deflate.Decoders;
import java.util.function.Supplier;

/** By what layers are inflated, which is a good part of a pull's time. That the faster one is not there is no failure: all works without it. */
final class InflateCheck {
    private static final String NAME = "inflating of layers";

    private InflateCheck() {}

    /**
     * Looks.
     *
     * @param wanted what the system property says; "" if nothing
     * @param isalProblem what is wrong with ISA-L; "" for nothing. Asked for only where it matters, as that loads it
     */
    static Finding finding(String wanted, Supplier<String> isalProblem) {
        String property = "-D" + Decoders.PROPERTY + "=" + wanted;
        if (wanted.equals("jdk")) {
            return new Finding(NAME, Grade.OPTIONAL, true, "by the JDK's zlib (" + property + "); ISA-L, where it is, takes half of the time", "leave " + property + " out, which makes pulls faster");
        }
        if (!wanted.isEmpty() && !wanted.equals("isal")) {
            return new Finding(NAME, Grade.RECOMMENDED, false, "refused: " + property + " is neither jdk nor isal", "leave it out");
        }
        String problem = isalProblem.get();
        if (problem.isEmpty()) {
            return new Finding(NAME, Grade.OPTIONAL, true, "by ISA-L (libisal.so.2, tried on a known stream)", "");
        }
        if (wanted.equals("isal")) {
            return new Finding(NAME, Grade.RECOMMENDED, false, "refused: " + property + ", but " + problem, Decoders.ISAL_REMEDY + ", or leave " + property + " out");
        }
        return new Finding(NAME, Grade.OPTIONAL, true, "by the JDK's zlib; ISA-L takes half of the time, but " + problem, Decoders.ISAL_REMEDY + ", which makes pulls faster");
    }
}
