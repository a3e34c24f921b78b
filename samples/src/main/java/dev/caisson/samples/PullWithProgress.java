package dev.caisson.samples;

import dev.caisson.Engine;
import dev.caisson.Image;
import java.io.PrintStream;

/** Pulls an image and shows how far it is, in one line of the terminal that is written again and again, as docker's lines are. */
public final class PullWithProgress {
    private PullWithProgress() {}

    /** Pulls the image named. */
    public static void main(String[] args) {
        if (args.length != 1) {
            throw new IllegalArgumentException("name an image, such as docker.io/library/alpine:latest");
        }
        try (Engine engine = Engine.builder().build()) {
            System.out.println(pull(engine, args[0], System.out, System.console() != null).digest());
        }
    }

    static Image pull(Engine engine, String reference, PrintStream out, boolean terminal) {
        try (ProgressBar bar = new ProgressBar(out, terminal)) {
            return engine.images().pull(reference, bar);
        }
    }
}
