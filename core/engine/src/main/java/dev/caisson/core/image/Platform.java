package dev.caisson.core.image;

/**
 * What an image runs on, in Go's words.
 *
 * @param os such as {@code linux}
 * @param architecture such as {@code amd64}, {@code arm64}
 * @param variant such as {@code v8}; "" for none
 */
public record Platform(String os, String architecture, String variant) {
    /** This host's Linux platform, from the JVM's word for the processor. */
    public static Platform host() {
        return new Platform("linux", architecture(System.getProperty("os.arch", "")), "");
    }

    /** Go's word for a processor. */
    public static String architecture(String word) {
        return switch (word) {
            case "x86_64", "x86-64" -> "amd64";
            case "aarch64" -> "arm64";
            default -> word;
        };
    }

    /** Whether an image of that platform runs here: arm64 without a variant is v8. */
    public boolean runs(Platform image) {
        return os.equals(image.os) && architecture.equals(image.architecture) && (variant.isEmpty() || normal(this).equals(normal(image)));
    }

    private static String normal(Platform p) {
        return p.architecture.equals("arm64") && p.variant.isEmpty() ? "v8" : p.variant;
    }

    @Override
    public String toString() {
        return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
    }
}
