package dev.caisson.network.resolver;

import java.io.IOException;
import java.nio.channels.Channel;
import org.jspecify.annotations.Nullable;

/** Something that goes on at a channel, on the resolver's thread. */
interface Flow {
    /** The channel is ready for what was waited for. An exception ends it. */
    void ready() throws IOException;

    /** Some time has passed. @param now as of System.nanoTime() */
    void tick(long now);

    void close();

    static void close(@Nullable Channel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // it is closed then
            }
        }
    }
}
