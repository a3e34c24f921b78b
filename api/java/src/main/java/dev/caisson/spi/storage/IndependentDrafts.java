package dev.caisson.spi.storage;

/**
 * Implemented by a storage driver that can fill a layer before the layer below it is complete: then the layers of an image are unpacked at once. The drafts show
 * each layer alone ({@link LayerDraft.Whiteouts#OVERLAY}).
 */
public interface IndependentDrafts {
    /**
     * Begins a layer on a parent that may not be committed yet. As {@link StorageDriver#draft}, but that the parent must be there only when the layer is committed.
     *
     * <p>{@link LayerDraft#commit()} throws a {@link dev.caisson.StorageProblem} if it is not, and drops the draft.
     *
     * @param layer the chainID it will have
     * @param parent the layer below, committed or being filled
     * @return showing this layer alone
     * @throws dev.caisson.StorageProblem if the disk refuses
     */
    LayerDraft draftAhead(LayerId layer, LayerId parent);
}
