package dev.caisson.storage.overlay;

import dev.caisson.spi.storage.StorageProvider;
import dev.caisson.testkit.conformance.StorageTreeConformance;

class OverlayDriverTest extends StorageTreeConformance {
    @Override
    protected StorageProvider provider() {
        return new OverlayProvider();
    }
}
