package dev.caisson.benchmarks;

import dev.caisson.Engine;
import dev.caisson.ImageFilter;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Whether a store with a thousand images slows what looks into it: the list, one image of it, the start of a container , the start after a change. */
public final class ManyImages {
    private static final int ROUNDS = 60;

    private ManyImages() {}

    /** @param args how many images (default 1000) */
    public static void main(String[] args) throws IOException {
        int images = args.length > 0 ? Integer.parseInt(args[0]) : 1000;
        Path work = Files.createTempDirectory(Path.of("/var/tmp"), "caisson-many-");
        TinyRootfs root = TinyRootfs.create(work.resolve("rootfs"));
        try (Engine engine = Engine.builder().root(work.resolve("root")).spares(0).build()) {
            engine.images().importRootfs(root.tar(work.resolve("tiny.tar")), "base:1", "CMD [\"" + TinyRootfs.TRUE + "\"]");
            System.out.printf(Locale.ROOT, "%-8s %12s %12s %12s %12s %20s   (median ms of %d)%n", "images", "list", "of each", "find", "start", "start after a tag", ROUNDS);
            int made = 1;
            for (int size : new int[] {10, images / 10, images}) {
                for (; made < size; made++) {
                    engine.images().from("base:1").label("number", String.valueOf(made)).build("team/app-" + made + ":1");
                }
                measure(engine, size, "");
                measure(engine, size, System.lineSeparator());
            }
        } finally {
            Peers.remove(work);
        }
    }

    private static void measure(Engine engine, int size, String end) {
        Samples list = new Samples();
        Samples find = new Samples();
        Samples start = new Samples();
        Samples afterTag = new Samples();
        for (int i = 0; i < ROUNDS; i++) {
            list.add(timed(() -> engine.images().list(ImageFilter.all())));
            find.add(timed(() -> engine.images().find("team/app-5:1")));
            start.add(timed(() -> engine.image("base:1").execute()));
            engine.images().tag("base:1", "other:" + i % 2);
            afterTag.add(timed(() -> engine.image("base:1").execute()));
        }
        if (!end.isEmpty()) { // the first time warms up
            System.out.printf(Locale.ROOT, "%-8d %12.2f %12.4f %12.3f %12.2f %20.2f%n", size, list.medianMillis(), list.medianMillis() / size, find.medianMillis(), start.medianMillis(),
                    afterTag.medianMillis());
        }
    }

    private static long timed(Runnable work) {
        long from = System.nanoTime();
        work.run();
        return System.nanoTime() - from;
    }
}
