package dev.caisson.core.layer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Archives for tests: written entry by entry, or by the tools that people use. */
final class Tars {
    /** Writes entries into a {@link TarWriter}. */
    interface Entries {
        void write(TarWriter tar) throws IOException;
    }

    private Tars() {}

    static byte[] of(Entries entries) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (TarWriter tar = new TarWriter(out)) {
            entries.write(tar);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static void dir(TarWriter tar, String name) throws IOException {
        tar.put(TarEntry.of(TarEntry.Kind.DIRECTORY, name, "", 0755));
    }

    static void file(TarWriter tar, String name, String content) throws IOException {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        tar.put(TarEntry.file(name, bytes.length, 0644), bytes);
    }

    static void symlink(TarWriter tar, String target, String name) throws IOException {
        tar.put(TarEntry.of(TarEntry.Kind.SYMLINK, name, target, 0777));
    }

    static void link(TarWriter tar, String target, String name) throws IOException {
        tar.put(TarEntry.of(TarEntry.Kind.HARD_LINK, name, target, 0644));
    }

    static TarReader reader(byte[] archive) {
        return reader(archive, LayerLimits.DEFAULT);
    }

    static TarReader reader(byte[] archive, LayerLimits limits) {
        return new TarReader(new OddPieces(archive), limits, new Fault("the test archive"));
    }

    /** Reads everything, content too. */
    static List<TarEntry> list(byte[] archive) {
        return list(archive, LayerLimits.DEFAULT);
    }

    static List<TarEntry> list(byte[] archive, LayerLimits limits) {
        TarReader reader = reader(archive, limits);
        List<TarEntry> all = new ArrayList<>();
        byte[] buffer = new byte[4096];
        for (TarEntry entry = reader.next(); entry != null; entry = reader.next()) {
            all.add(entry);
            int n = reader.read(buffer, 0, buffer.length);
            while (n >= 0) {
                n = reader.read(buffer, 0, buffer.length);
            }
        }
        return all;
    }

    /** Standard output of a command that must succeed. */
    static byte[] run(Path directory, String... command) {
        try {
            Process process = new ProcessBuilder(command).directory(directory.toFile()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            process.getOutputStream().close();
            byte[] out = process.getInputStream().readAllBytes();
            int status = process.waitFor();
            if (status != 0) {
                throw new AssertionError(String.join(" ", command) + " exited with " + status);
            }
            return out;
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(String.join(" ", command), e);
        }
    }

    /** Changes bytes of a header and puts its checksum right again. */
    static byte[] patched(byte[] archive, int headerAt, int field, byte[] value) {
        byte[] copy = archive.clone();
        System.arraycopy(value, 0, copy, headerAt + field, value.length);
        byte[] block = java.util.Arrays.copyOfRange(copy, headerAt, headerAt + TarHeader.BLOCK);
        TarHeader.putChecksum(block);
        System.arraycopy(block, 0, copy, headerAt, block.length);
        return copy;
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
