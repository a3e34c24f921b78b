package dev.caisson;

import dev.caisson.spi.Given;

/**
 * Options of {@code docker run} for which there is nothing here that could carry them out: each is refused by its name, with what does the same.
 *
 * @param <B> the builder
 */
abstract sealed class AbsentOptions<B extends AbsentOptions<B>> extends LifeOptions<B> permits ContainerBuilder {
    /**
     * Refused: {@code --gpus} asks hooks of the graphics cards' makers to put their libraries into the container; there are none here.
     *
     * @param request as docker takes it, such as {@code all}
     * @return this builder
     */
    public B gpus(String request) {
        Given.one(request);
        return refused("gpus(\"" + request + "\")", "needs hooks of the cards' makers, which this engine does not call",
                "device(\"/dev/nvidia0\") and its like for the cards, and bindReadOnly(…) for the driver's libraries");
    }

    /**
     * Refused: {@code --storage-opt size=…} needs project quotas, which no storage driver of this engine sets.
     *
     * @param key such as {@code size}
     * @param value such as {@code 120g}
     * @return this builder
     */
    public B storageOpt(String key, String value) {
        Given.all(key, value);
        return refused("storageOpt(\"" + key + "\", \"" + value + "\")", "is not supported: no storage driver limits what one container writes to its root",
                "readOnly(), and tmpfs(\"/data:size=64m\") or a bind of a file system of that size where it writes");
    }

    /**
     * Refused: {@code --use-api-socket} gives the container the daemon's socket and the caller's passwords; there is no daemon.
     *
     * @return this builder
     */
    public B useApiSocket() {
        return refused("useApiSocket()", "is not supported: there is no daemon that has a socket", "let the program in the container ask one of your own, with bind(…) of its socket");
    }

    /**
     * Refused but for {@code local}: {@code --volume-driver} names a plugin of docker's daemon; volumes are directories below the engine's root.
     *
     * @param name {@code local}; others are refused
     * @return this builder
     */
    public B volumeDriver(String name) {
        Given.one(name);
        return name.equals("local") ? self() : refused("volumeDriver(\"" + name + "\")", "is not supported: volumes are directories of the engine, docker's driver local",
                "mount it on the host, and bind(…) it");
    }

    private B refused(String field, String why, String remedy) {
        problems.add(field, why, remedy);
        return self();
    }
}
