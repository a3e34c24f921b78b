package dev.caisson;

/** Limits to be changed while a container runs ({@code docker update}). What is not named stays. Mutable, no I/O. */
public final class LimitUpdate extends ResourceOptions<LimitUpdate> {
    LimitUpdate() {}

    @Override
    LimitUpdate self() {
        return this;
    }

    /**
     * For engines: what the limits of a spec come to.
     *
     * @param changes is given an update that names nothing
     * @param before the limits until now
     * @return all limits, those that were not named as before
     * @throws InvalidSpec listing every wrong value
     */
    public static Resources of(java.util.function.Consumer<LimitUpdate> changes, Resources before) {
        LimitUpdate update = new LimitUpdate();
        changes.accept(update);
        return update.problems.checked(update.resources().over(before));
    }
}
