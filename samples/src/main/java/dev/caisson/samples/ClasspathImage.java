package dev.caisson.samples;

import dev.caisson.Engine;
import dev.caisson.Execution;
import dev.caisson.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** This program's own class path becomes an image, and a class of it runs in a container: no Dockerfile, no registry, no docker. */
public final class ClasspathImage {
    private ClasspathImage() {}

    public static void main(String[] args) throws IOException {
        Path root = Files.createTempDirectory("caisson-classpath-");
        try (Engine engine = Engine.builder().root(root).build()) {
            JavaImage.make(engine.images(), "java:local", "java.base");
            System.out.print(greeting(engine).stdout());
        } finally {
            Directories.remove(root);
        }
    }

    static Execution greeting(Engine engine) {
        Image image = engine.images().fromClasspath("java:local", "greeter:1", Greeter.class.getName());
        return engine.image("greeter:1").command(image.digest()).readOnly().execute();
    }

    /** What runs inside. */
    static final class Greeter {
        private Greeter() {}

        public static void main(String[] args) {
            System.out.println("Java " + Runtime.version().feature() + ", pid " + ProcessHandle.current().pid() + ", from image " + args[0]);
        }
    }
}
