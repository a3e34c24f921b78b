package dev.caisson.core.trust;

import java.util.Map;

/** Where new metadata goes: a Notary server, which takes all files or none, and signs snapshot and timestamp itself. */
@FunctionalInterface
public interface MetadataSink {
    /**
     * @param files by role
     * @throws dev.caisson.TrustProblem if it does not take them
     */
    void put(Map<String, byte[]> files);
}
