package dev.caisson.core.image;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.content.FdInput;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SyscallException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Makes an image of one layer from a tar; the tar itself is the layer, compressed as it is. */
final class RootfsImport {
    private final ContentStore content;
    private final Added added;
    private final LayerChain chain;
    private final Platform host;

    RootfsImport(ContentStore content, Added added, LayerChain chain, Platform host) {
        this.content = content;
        this.added = added;
        this.chain = chain;
        this.host = host;
    }

    /** Stores layer, configuration and manifest; returns the manifest's digest. */
    Digest run(Path tar, ImageConfig.Settings settings) {
        Digest layer = added.blob(() -> open(tar), null, -1);
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        ImageConfig.Step step = new ImageConfig.Step(now, "", "", "Imported from " + tar.getFileName(), false);
        byte[] document = ConfigJson.write(new ImageConfig(host, now, "", settings, List.of(chain.diffId(layer)), List.of(step)));
        String type = MediaTypes.OCI_LAYER + StoredLayers.compression(content, layer).mediaTypeSuffix();
        return added.blob(DockerArchive.manifest(
                Descriptor.of(MediaTypes.OCI_CONFIG, added.blob(document), document.length), List.of(Descriptor.of(type, layer, content.size(layer)))));
    }

    private static InputStream open(Path tar) {
        try {
            Fd fd = FileCalls.open(tar, Fcntl.O_RDONLY | Fcntl.O_NONBLOCK | Fcntl.O_NOCTTY, 0);
            if (!FileCalls.fstat(fd).isRegular()) {
                fd.close();
                throw new ImageProblem(Stage.RESOLVE, tar + " is no file", "give a tar of a root file system; a directory is run by rootfs()");
            }
            return new FdInput(fd, 0, Long.MAX_VALUE);
        } catch (SyscallException e) {
            throw new ImageProblem(Stage.RESOLVE, "opening " + tar + ": " + e.getMessage(), "give a readable tar of a root file system", e);
        }
    }
}
