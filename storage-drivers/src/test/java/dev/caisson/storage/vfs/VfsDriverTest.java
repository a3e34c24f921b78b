package dev.caisson.storage.vfs;

import dev.caisson.spi.storage.StorageProvider;
import dev.caisson.testkit.conformance.StorageTreeConformance;

class VfsDriverTest extends StorageTreeConformance {
    @Override
    protected StorageProvider provider() {
        return new VfsProvider();
    }
}
