/** Linux system calls for the engine and its drivers: the only importer of JNA. Knows nothing of containers. */
module dev.caisson.linux {
    requires com.sun.jna;
    requires org.slf4j;
    requires static org.jspecify;

    exports dev.caisson.linux;
    exports dev.caisson.linux.deflate;
    exports dev.caisson.linux.overlay;
}
