package dev.caisson.core.engine;

import dev.caisson.Pruned;
import dev.caisson.Volume;
import dev.caisson.Volumes;
import dev.caisson.core.volume.VolumeStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The volumes as an engine's user sees them: a container that is over has none any more, although its removal may still be under way. */
final class EngineVolumes implements Volumes {
    private final VolumeStore store;
    private final Removals removals;

    EngineVolumes(VolumeStore store, Removals removals) {
        this.store = store;
        this.removals = removals;
    }

    private VolumeStore settled() {
        removals.await();
        return store;
    }

    @Override
    public Volume create(String name, Map<String, String> labels) {
        return settled().create(name, labels);
    }

    @Override
    public List<Volume> list() {
        return settled().list();
    }

    @Override
    public Optional<Volume> find(String name) {
        return settled().find(name);
    }

    @Override
    public void remove(String name) {
        settled().remove(name);
    }

    @Override
    public Pruned prune() {
        return settled().prune(false);
    }

    @Override
    public Pruned pruneAll() {
        return settled().prune(true);
    }

    @Override
    public long size(String name) {
        return store.size(name);
    }
}
