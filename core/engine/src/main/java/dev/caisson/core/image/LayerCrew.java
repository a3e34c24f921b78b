package dev.caisson.core.image;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.core.content.Threads;
import dev.caisson.core.image.LayerChain.Layer;
import dev.caisson.linux.Worker;
import dev.caisson.spi.storage.IndependentDrafts;
import dev.caisson.spi.storage.LayerDraft;
import dev.caisson.spi.storage.LayerId;
import dev.caisson.spi.storage.StorageDriver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/** Several layers of one image filled at once, as many as there are processors, and committed from the lowest up. The first failure ends all of it. */
final class LayerCrew {
    private static final int MOST = 4;

    /** Fills a draft, by one of several threads; when it returns, the draft is good. */
    interface Filling {
        /** @param busy whether every processor has a layer while this one is filled, so that a second thread for it would only take turns with the others */
        void fill(Layer layer, LayerDraft draft, boolean busy);
    }

    private final StorageDriver driver;
    private final IndependentDrafts ahead;
    private final Filling filling;
    private final LayerSource source;
    /** Begun and not committed. */
    private final ConcurrentLinkedQueue<LayerDraft> begun = new ConcurrentLinkedQueue<>();

    LayerCrew(StorageDriver driver, IndependentDrafts ahead, Filling filling, LayerSource source) {
        this.driver = driver;
        this.ahead = ahead;
        this.filling = filling;
        this.source = source;
    }

    /** @param committed is told of each layer once it is there */
    void run(List<Layer> layers, Consumer<LayerId> committed) {
        int processors = Runtime.getRuntime().availableProcessors();
        int atOnce = Math.min(layers.size(), Math.max(2, Math.min(MOST, processors)));
        int busy = atOnce < processors ? 0 : layers.size() - atOnce; // behind the others none is waiting, so a processor comes free
        ExecutorService threads = Threads.pool(atOnce, "caisson-unpack");
        List<CompletableFuture<LayerDraft>> filled = layers.stream().map(l -> new CompletableFuture<LayerDraft>()).toList();
        RuntimeException failure = null;
        try {
            for (int i = 0; i < layers.size(); i++) {
                Layer layer = layers.get(i);
                boolean full = i < busy;
                CompletableFuture<LayerDraft> done = filled.get(i);
                threads.execute(Worker.carried(() -> {
                    try {
                        done.complete(filled(layer, full));
                    } catch (RuntimeException | Error e) {
                        filled.forEach(f -> f.completeExceptionally(e)); // the first is what all fail by
                        threads.shutdownNow();
                    }
                }));
            }
            for (int i = 0; i < layers.size(); i++) {
                LayerDraft draft = filled.get(i).get();
                draft.commit();
                begun.remove(draft);
                committed.accept(layers.get(i).id());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failure = new ImageProblem(Stage.UNPACK, "interrupted while an image was unpacked", "", e);
        } catch (ExecutionException e) {
            failure = e.getCause() instanceof RuntimeException known ? known : new IllegalStateException(e.getCause());
        } catch (RejectedExecutionException e) {
            failure = failed(filled, e);
        } catch (RuntimeException e) {
            failure = e;
        }
        if (failure != null) {
            source.giveUp(failure);
        }
        Threads.end(threads);
        if (failure != null) {
            for (LayerDraft draft : begun) {
                LayerChain.abort(draft, failure);
            }
            throw failure;
        }
    }

    /** What the first layers failed by while later ones were still being handed out. */
    private static RuntimeException failed(List<CompletableFuture<LayerDraft>> filled, RejectedExecutionException otherwise) {
        for (CompletableFuture<LayerDraft> one : filled) {
            if (one.isCompletedExceptionally()) {
                try {
                    one.join();
                } catch (CompletionException e) {
                    return e.getCause() instanceof RuntimeException known ? known : new IllegalStateException(e.getCause());
                }
            }
        }
        return otherwise;
    }

    private LayerDraft filled(Layer layer, boolean busy) {
        LayerId parent = layer.parent();
        LayerDraft draft = parent == null ? driver.draft(layer.id(), null) : ahead.draftAhead(layer.id(), parent);
        begun.add(draft);
        filling.fill(layer, draft, busy);
        return draft;
    }
}
