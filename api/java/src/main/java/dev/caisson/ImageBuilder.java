package dev.caisson;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * Makes an image of files, without a Dockerfile and without running anything: {@link Images#scratch()}, {@link Images#from(String)}. Each {@code copy}, {@code file}
 * and {@code classpath} becomes layers of its own, in their order. The same files and words make the same image, digest for digest: entries are
 * sorted, owned by root, and of the time of {@link #created(Instant)}. Nothing is read before {@link #build(String)}. For one thread.
 */
public interface ImageBuilder {
    /**
     * Copies what is in a directory, or one file, as one layer.
     *
     * @param source of the host; symbolic links in a directory stay links, permissions stay but for set-id bits, sockets are left out, pipes and devices refused
     * @param target absolute path in the image: the directory into which the content goes, or the file's new name; one that ends in {@code /} keeps the file's name
     * @return this builder
     */
    ImageBuilder copy(Path source, String target);

    /**
     * A file from memory, as one layer.
     *
     * @param target absolute path in the image
     * @param content copied
     * @param mode permissions, such as 0644
     * @return this builder
     */
    ImageBuilder file(String target, byte[] content, int mode);

    /**
     * The class path of this JVM ({@code java.class.path}); see the other form.
     *
     * @param mainClass its full name
     * @return this builder
     */
    ImageBuilder classpath(String mainClass);

    /**
     * A Java program: at most three layers below {@code /app}, what changes seldom first: released jars, snapshot jars, classes. Entries keep their order. The entry
     * point becomes {@code java @/app/classpath mainClass}; the base image brings the {@code java}.
     *
     * @param entries jars and directories of classes; one that does not exist is passed over, as the JVM does
     * @param mainClass its full name
     * @return this builder
     */
    ImageBuilder classpath(List<Path> entries, String mainClass);

    /**
     * Dockerfile instructions that change the configuration, as of {@code docker import --change}.
     *
     * @param instructions as for {@link Images#importRootfs}
     * @return this builder
     */
    ImageBuilder change(String... instructions);

    /**
     * What always runs; the base image's command is dropped, as by a Dockerfile's ENTRYPOINT.
     *
     * @param words no shell reads them
     * @return this builder
     */
    ImageBuilder entrypoint(String... words);

    /**
     * What runs, or the entry point's arguments (CMD).
     *
     * @param words no shell reads them
     * @return this builder
     */
    ImageBuilder command(String... words);

    /**
     * A variable of the environment.
     *
     * @param key not empty, without {@code =}
     * @param value any text without NUL
     * @return this builder
     */
    ImageBuilder env(String key, String value);

    /**
     * Where programs start (WORKDIR).
     *
     * @param directory an absolute path
     * @return this builder
     */
    ImageBuilder workdir(String directory);

    /**
     * Whom programs run as (USER).
     *
     * @param user {@code user[:group]}, names of the image or numbers
     * @return this builder
     */
    ImageBuilder user(String user);

    /**
     * A label of the image, which its containers inherit.
     *
     * @param key not empty
     * @param value any text without NUL
     * @return this builder
     */
    ImageBuilder label(String key, String value);

    /**
     * A TCP port that the program serves.
     *
     * @param port 1 to 65535
     * @return this builder
     */
    ImageBuilder expose(int port);

    /**
     * A directory whose content is data (VOLUME).
     *
     * @param directory an absolute path
     * @return this builder
     */
    ImageBuilder volume(String directory);

    /**
     * What {@code stop()} sends (STOPSIGNAL).
     *
     * @param signal TERM unless set
     * @return this builder
     */
    ImageBuilder stopSignal(Signal signal);

    /**
     * Who made it, as {@code docker commit --author}.
     *
     * @param name nobody unless set
     * @return this builder
     */
    ImageBuilder author(String name);

    /**
     * When the image and its files were made; 1970 unless set, so that the same input makes the same image.
     *
     * @param when of the image and of each of its files
     * @return this builder
     */
    ImageBuilder created(Instant when);

    /**
     * Reads the files and makes the image.
     *
     * @param reference its name, {@code team/app:1.2}
     * @return in the store, under its name; another image that had the name loses it
     * @throws InvalidSpec if a path or instruction cannot be understood
     * @throws ImageProblem if the base image is missing, or a file cannot be part of an image; the store is unchanged then
     */
    Image build(String reference);
}
