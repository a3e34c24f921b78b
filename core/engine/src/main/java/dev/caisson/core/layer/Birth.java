package dev.caisson.core.layer;

import dev.caisson.core.layer.DirectoryCache.Parent;
import dev.caisson.linux.Worker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a new file has by itself, and so need not be given: most files of an image are root's, with a mode that no umask touches. Two system calls in six are spared.
 *
 * @param root whether what is made is root's
 * @param umask bits of the mode that are taken away; all where it is not known
 */
record Birth(boolean root, int umask) {
    private static final Birth UNKNOWN = new Birth(false, 0777);

    /** Of files made by the calling thread now. Of what another process makes for it, nothing is known. */
    static Birth ofThisThread() {
        if (Worker.present()) {
            return UNKNOWN;
        }
        try {
            // The file-system ids are the last of each line (proc(5)).
            boolean uid = false;
            boolean gid = false;
            int umask = 0777;
            for (String line : Files.readAllLines(Path.of("/proc/thread-self/status"), StandardCharsets.ISO_8859_1)) {
                if (line.startsWith("Uid:")) {
                    uid = line.endsWith("\t0");
                } else if (line.startsWith("Gid:")) {
                    gid = line.endsWith("\t0");
                } else if (line.startsWith("Umask:")) {
                    umask = Integer.parseInt(line.substring(6).strip(), 8);
                }
            }
            return new Birth(uid && gid, umask);
        } catch (IOException | NumberFormatException e) {
            return UNKNOWN;
        }
    }

    boolean ownerFits(TarEntry entry, Parent parent) {
        return root && entry.uid() == 0 && entry.gid() == 0 && parent.rootGroup();
    }

    /** Set-id bits are lost by writing and by chown(2), and what is not root's is not to be reached by its group while it is being made. */
    boolean modeFits(TarEntry entry, Parent parent) {
        return ownerFits(entry, parent) && (entry.mode() & (07000 | umask)) == 0 && !parent.inheritsAcl();
    }
}
