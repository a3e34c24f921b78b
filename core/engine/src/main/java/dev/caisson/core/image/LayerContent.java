package dev.caisson.core.image;

import java.io.IOException;
import java.io.OutputStream;

/** What becomes a layer. */
interface LayerContent {
    /** Writes an uncompressed tar; the stream stays open. The same content gives the same bytes. */
    void write(OutputStream out) throws IOException;

    /** For the history, without anything of this host in it. */
    String madeBy();
}
