package dev.caisson;

/** When an image is fetched from its registry ({@code docker run --pull}). */
public enum PullPolicy {
    /** When it is not in the local store. */
    MISSING,
    /** At every start; when the registry still has what the store has, that is one round trip. */
    ALWAYS,
    /** Never: an image that is not in the local store is an error. */
    NEVER
}
