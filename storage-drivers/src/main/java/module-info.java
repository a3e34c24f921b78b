/** The storage drivers: overlay2 and vfs. */
module dev.caisson.storage {
    requires dev.caisson.api;
    requires dev.caisson.linux;
    requires static org.jspecify;

    exports dev.caisson.storage.overlay;
    exports dev.caisson.storage.vfs;

    provides dev.caisson.spi.storage.StorageProvider with
            dev.caisson.storage.overlay.OverlayProvider,
            dev.caisson.storage.vfs.VfsProvider;
}
