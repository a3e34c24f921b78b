package dev.caisson.core.image;

import dev.caisson.InvalidSpec;

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

    /** @throws InvalidSpec if the text is not of the form {@code os/architecture[/variant]} */
    public static Platform parse(String text) {
        String[] parts = text.split("/", -1);
        if (parts.length < 2 || parts.length > 3 || java.util.Arrays.stream(parts).anyMatch(p -> !p.matches("[a-z0-9][a-z0-9._-]{0,31}"))) {
            throw new InvalidSpec("platform '" + text.replaceAll("\\p{Cntrl}", "?") + "'", "it is not of the form os/architecture[/variant]", "write one such as linux/arm64");
        }
        return new Platform(parts[0], architecture(parts[1]), parts.length == 3 ? parts[2] : "");
    }

    /** Go's word for a processor. */
    public static String architecture(String word) {
        return switch (word) {
            case "x86_64", "x86-64" -> "amd64";
            case "aarch64" -> "arm64";
            default -> word;
        };
    }

    /** Whether an image of that platform runs here: arm64 without a variant is v8, amd64 is v1. */
    public boolean runs(Platform image) {
        return os.equals(image.os) && architecture.equals(image.architecture) && (variant.isEmpty() || normal(this).equals(normal(image)));
    }

    /** Whether it is what every processor of the architecture can do: arm64 is v8 then, and amd64 v1. */
    boolean basic() {
        return normal(this).equals(normal(new Platform(os, architecture, "")));
    }

    private static String normal(Platform p) {
        return !p.variant.isEmpty() ? p.variant : p.architecture.equals("arm64") ? "v8" : p.architecture.equals("amd64") ? "v1" : "";
    }

    @Override
    public String toString() {
        return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
    }
}
