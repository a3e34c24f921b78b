package dev.caisson.host.rootless;

import dev.caisson.Engine;
import dev.caisson.Execution;
import dev.caisson.ImageProblem;
import java.nio.file.Path;

/** What {@link EmulatedTest} runs: a program of an image for another processor. */
public final class EmulatedLife {
    private EmulatedLife() {}

    /** @param args the image's archive */
    public static void main(String[] args) {
        try (Engine engine = Engine.builder().build()) {
            engine.images().load(Path.of(args[0]));
            Execution e = engine.image("foreign:1").command("/program").execute();
            System.out.println("foreign=" + e.exitCode() + " " + e.stdout().strip() + e.stderr().strip());
        } catch (ImageProblem e) {
            System.out.println("foreign=" + e.what() + "\nremedy=" + e.remedy());
        }
    }
}
