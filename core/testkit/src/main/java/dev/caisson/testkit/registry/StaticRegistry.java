package dev.caisson.testkit.registry;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Debian's nginx as a registry that is only read: it sends the files of an OCI layout, and takes next to no processor time for it. */
public final class StaticRegistry implements AutoCloseable {
    private final ServerProcess process;

    /**
     * @param directory for configuration and log
     * @param layout an OCI layout directory (image-layout.md)
     * @param images digests of manifests by repository; each has the tag 1
     */
    public StaticRegistry(Path directory, Path layout, Map<String, String> images) {
        StringBuilder tags = new StringBuilder();
        images.forEach((name, digest) -> tags.append("location = /v2/").append(name).append("/manifests/1 { default_type application/vnd.oci.image.manifest.v1+json; alias ")
                .append(layout).append("/blobs/").append(digest.replace(':', '/')).append("; add_header Docker-Content-Digest ").append(digest).append("; }\n"));
        process = new ServerProcess(directory, "nginx.conf", port -> "daemon off;\nmaster_process off;\npid " + directory + "/pid;\nerror_log /dev/stdout;\nevents {}\nhttp {\n"
                + "access_log /dev/stdout;\nsendfile on;\ntcp_nopush on;\ndefault_type application/octet-stream;\nserver {\nlisten 127.0.0.1:" + port + ";\nlocation = /v2/ { return 200 '{}'; }\n"
                + tags + "location ~ /blobs/sha256:([0-9a-f]*)$ { alias " + layout + "/blobs/sha256/$1; }\n}\n}\n", List.of("nginx", "-p", directory.toString(), "-c"));
    }

    /** As in references. */
    public String host() {
        return process.host();
    }

    /** What it says it was asked, so far. */
    public String log() {
        return process.log();
    }

    @Override
    public void close() {
        process.close();
    }
}
