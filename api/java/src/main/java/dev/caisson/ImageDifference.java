package dev.caisson;

/**
 * A place where what a container of an image would see is not what the image's layers say.
 *
 * @param path absolute, in the image
 * @param expected what the layers say; "" for nothing
 * @param found what is there; "" for nothing
 */
public record ImageDifference(String path, String expected, String found) {
    @Override
    public String toString() {
        return path + ": " + (found.isEmpty() ? "missing, should be " + expected : expected.isEmpty() ? "should not be there, is " + found : "should be " + expected + ", is " + found);
    }
}
