package dev.caisson.core.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.core.content.Digest;
import dev.caisson.core.image.LayerChain.Layer;
import dev.caisson.spi.storage.IndependentDrafts;
import dev.caisson.spi.storage.LayerDraft;
import dev.caisson.spi.storage.LayerId;
import dev.caisson.spi.storage.MountSpec;
import dev.caisson.spi.storage.StorageDriver;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Layers are filled side by side, committed from below, and all dropped when one fails. */
@Timeout(180)
class LayerCrewTest {
    private final List<String> events = Collections.synchronizedList(new ArrayList<>());
    private final AtomicReference<RuntimeException> gaveUp = new AtomicReference<>();
    private final List<Layer> layers = new ArrayList<>();

    LayerCrewTest() {
        for (int i = 0; i < 5; i++) {
            Digest digest = Digest.of(new byte[] {(byte) i});
            layers.add(new Layer(digest, digest, new LayerId(digest.toString()), i == 0 ? null : layers.get(i - 1).id()));
        }
    }

    private int number(LayerId id) {
        return layers.stream().map(Layer::id).toList().indexOf(id);
    }

    private final class Draft implements LayerDraft {
        private final int number;

        Draft(LayerId id) {
            number = number(id);
        }

        @Override
        public List<MountSpec> mounts() {
            throw new AssertionError();
        }

        @Override
        public Whiteouts whiteouts() {
            return Whiteouts.OVERLAY;
        }

        @Override
        public void commit() {
            events.add("commit " + number);
        }

        @Override
        public void abort() {
            events.add("abort " + number);
        }
    }

    private void run(BiConsumer<Layer, LayerDraft> fill, List<LayerId> committed) {
        crew((layer, draft, busy) -> fill.accept(layer, draft), committed);
    }

    private void crew(LayerCrew.Filling fill, List<LayerId> committed) {
        StorageDriver driver = (StorageDriver) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {StorageDriver.class}, (p, method, arguments) -> {
            assertEquals("draft", method.getName());
            return new Draft((LayerId) arguments[0]);
        });
        IndependentDrafts ahead = (layer, parent) -> new Draft(layer);
        LayerSource source = new LayerSource() {
            @Override
            public InputStream open(Digest blob) {
                throw new AssertionError();
            }

            @Override
            public void await(Digest blob) {}

            @Override
            public void giveUp(RuntimeException why) {
                gaveUp.compareAndSet(null, why);
            }

            @Override
            public void close() {}
        };
        new LayerCrew(driver, ahead, fill, source).run(layers, committed::add);
    }

    /** Those that are left; a pool says that it is over a moment before the last of its threads is. */
    private static long threads() {
        long end = System.nanoTime() + 60_000_000_000L;
        while (running() > 0 && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        return running();
    }

    private static long running() {
        return Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().equals("caisson-unpack")).count();
    }

    @Test
    void besideEachOtherAndCommittedFromBelow() {
        CountDownLatch two = new CountDownLatch(2);
        List<LayerId> committed = new ArrayList<>();
        run((layer, draft) -> {
            two.countDown(); // one alone would wait for ever
            try {
                two.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }, committed);
        assertEquals(List.of("commit 0", "commit 1", "commit 2", "commit 3", "commit 4"), events);
        assertEquals(layers.stream().map(Layer::id).toList(), committed);
        assertEquals(0, threads());
    }

    /** Behind the last ones none is waiting, so a processor comes free while they are filled. */
    @Test
    void allButTheLastFindEveryProcessorBusy() {
        List<Integer> busy = Collections.synchronizedList(new ArrayList<>());
        crew((layer, draft, all) -> {
            if (all) {
                busy.add(number(layer.id()));
            }
        }, new ArrayList<>());
        int processors = Runtime.getRuntime().availableProcessors();
        assertEquals(IntStream.range(0, processors > 4 ? 0 : layers.size() - Math.max(2, processors)).boxed().toList(), busy.stream().sorted().toList());
    }

    @Test
    void theFirstFailureIsToldAndNothingStays() {
        IllegalStateException failure = new IllegalStateException("malformed");
        CountDownLatch begun = new CountDownLatch(1);
        List<LayerId> committed = new ArrayList<>();
        IllegalStateException thrown = assertThrows(IllegalStateException.class, () -> run((layer, draft) -> {
            if (number(layer.id()) == 1) {
                begun.countDown();
                throw failure;
            }
            if (number(layer.id()) == 0) {
                try {
                    begun.await();
                    new CountDownLatch(1).await(); // as for a byte of a slow registry: whoever gives up ends it
                } catch (InterruptedException e) {
                    throw new IllegalStateException("interrupted", e);
                }
            }
        }, committed));
        assertSame(failure, gaveUp.get());
        assertEquals(List.of(), committed);
        assertTrue(events.stream().noneMatch(e -> e.startsWith("commit")), events.toString());
        assertTrue(events.containsAll(List.of("abort 0", "abort 1")), events.toString());
        assertEquals(0, threads());
        assertSame(failure, thrown);
    }
}
