package dev.caisson.registry.store;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/** A blob in a file. Once open it is readable to its end. */
final class FileBlob implements Repository.Blob {
    private final FileInputStream in;

    /** @throws java.io.FileNotFoundException if it was deleted meanwhile */
    FileBlob(Path file) throws IOException {
        this.in = new FileInputStream(file.toFile());
    }

    @Override
    public long size() throws IOException {
        return in.getChannel().size();
    }

    @Override
    public InputStream from(long first) throws IOException {
        in.getChannel().position(first);
        return in;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
