package dev.caisson;

/**
 * How far the transfer of an image is. Listeners are called on the threads that transfer, several at once, and must be quick.
 *
 * @param reference the image's normalised name
 * @param blob digest of the layer (or configuration) this is about
 * @param phase what happens to it
 * @param done bytes of it so far
 * @param size bytes of it
 * @param totalDone bytes of the whole image so far
 * @param totalSize bytes of the whole image
 */
public record TransferProgress(String reference, String blob, Phase phase, long done, long size, long totalDone, long totalSize) {
    /** What happens to a blob. */
    public enum Phase {
        /** It is on its way. */
        DOWNLOADING,
        /** It is here, its digest and size verified. */
        VERIFIED,
        /** It was there before: here for a pull, at the registry for a push. */
        PRESENT,
        /** It is on its way to the registry. */
        UPLOADING,
        /** The registry has it and has verified it. */
        UPLOADED
    }
}
