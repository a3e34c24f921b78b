package dev.caisson.registry.http;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The client was cut off, or went: there is nobody to answer. */
public final class ClientGone extends IOException {
    private static final long serialVersionUID = 1L;

    ClientGone(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
