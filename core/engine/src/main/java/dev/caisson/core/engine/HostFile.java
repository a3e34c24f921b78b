package dev.caisson.core.engine;

import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Stat;
import java.nio.file.Path;
import java.util.Optional;

/** A small file of the host's, read again when it is another than last time. */
final class HostFile {
    private record Read(long ino, long size, long mtimeSec, int mtimeNsec, long ctimeSec, int ctimeNsec, String content) {
        boolean isOf(Stat s) {
            return ino == s.ino() && size == s.size() && mtimeSec == s.mtimeSec() && mtimeNsec == s.mtimeNsec() && ctimeSec == s.ctimeSec()
                    && ctimeNsec == s.ctimeNsec();
        }
    }

    private final Path path;
    private volatile Read last = new Read(0, 0, 0, 0, 0, 0, "");

    HostFile(Path path) {
        this.path = path;
    }

    /** "" if it cannot be read. */
    String content() {
        Optional<Stat> now = FileCalls.statIfPresent(path, false);
        if (now.isEmpty()) {
            return "";
        }
        Read known = last;
        if (!known.isOf(now.get())) {
            Stat s = now.get();
            known = new Read(s.ino(), s.size(), s.mtimeSec(), s.mtimeNsec(), s.ctimeSec(), s.ctimeNsec(), HostContext.read(path, ""));
            last = known;
        }
        return known.content();
    }
}
