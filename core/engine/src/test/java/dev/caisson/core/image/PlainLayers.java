package dev.caisson.core.image;

import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.core.layer.DraftMounter;
import dev.caisson.linux.SafeRoot;
import dev.caisson.spi.storage.LayerDraft;
import dev.caisson.spi.storage.LayerId;
import dev.caisson.spi.storage.MountSpec;
import dev.caisson.spi.storage.RootOptions;
import dev.caisson.spi.storage.RootfsPlan;
import dev.caisson.spi.storage.StorageDriver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A driver for tests: each layer a directory with the merged tree, copied from its parent. */
public final class PlainLayers implements StorageDriver {
    private final Path directory;
    private final Map<LayerId, @Nullable LayerId> parents = new HashMap<>();
    private final Map<LayerId, @Nullable String> users = new HashMap<>();

    public PlainLayers(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
    }

    public Path tree(LayerId layer) {
        return directory.resolve(layer.hex());
    }

    /** Binds need no mount here. */
    public static DraftMounter mounter() {
        return mounts -> {
            SafeRoot root = SafeRoot.open(java.util.Objects.requireNonNull(mounts.get(0).source()));
            return new DraftMounter.Mounted() {
                @Override
                public SafeRoot root() {
                    return root;
                }

                @Override
                public void close() {
                    root.close();
                }
            };
        };
    }

    @Override
    public String name() {
        return "plain";
    }

    @Override
    public boolean has(LayerId layer) {
        return Files.isDirectory(tree(layer));
    }

    @Override
    public LayerDraft draft(LayerId layer, @Nullable LayerId parent) {
        Path draft = directory.resolve(layer.hex() + ".draft");
        run(parent == null ? new String[] {"mkdir", draft.toString()} : new String[] {"cp", "-a", tree(parent).toString(), draft.toString()});
        return new LayerDraft() {
            @Override
            public List<MountSpec> mounts() {
                return List.of(MountSpec.bind(draft, "/", false));
            }

            @Override
            public Whiteouts whiteouts() {
                return Whiteouts.REMOVE;
            }

            @Override
            public void commit() {
                run("mv", "-T", draft.toString(), tree(layer).toString());
                parents.put(layer, parent);
            }

            @Override
            public void abort() {
                run("rm", "-rf", draft.toString());
            }
        };
    }

    @Override
    public RootfsPlan root(String id, Path state, @Nullable LayerId top, RootOptions options) {
        throw new UnsupportedOperationException("these tests start nothing");
    }

    @Override
    public Optional<String> user(LayerId layer) {
        return Optional.ofNullable(users.get(layer));
    }

    /** Has a container stand on a layer, or (null) none. */
    public void use(LayerId layer, @Nullable String container) {
        users.put(layer, container);
    }

    @Override
    public void release(String id) {}

    @Override
    public void remove(LayerId layer) {
        if (parents.containsValue(layer)) {
            throw new StorageProblem(Stage.RESOLVE, layer + " has children", "");
        }
        run("rm", "-rf", tree(layer).toString());
        parents.remove(layer);
    }

    @Override
    public List<LayerId> layers() {
        return new ArrayList<>(parents.keySet());
    }

    @Override
    public Usage usage(LayerId layer) {
        return new Usage(Long.parseLong(output("du", "-sb", tree(layer).toString()).split("\t")[0]), 0);
    }

    @Override
    public void close() {}

    static void run(String... command) {
        output(command);
    }

    public static String output(String... command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String out = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(String.join(" ", command) + ": " + out);
            }
            return out;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
