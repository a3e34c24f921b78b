package dev.caisson.linux;

import java.util.List;

/**
 * One line of {@code /proc/self/mountinfo}, see proc_pid_mountinfo(5).
 *
 * @param root the part of the file system that is mounted
 * @param target the mount point, as seen from the process's root
 * @param options of the mount, comma-separated
 * @param optionalFields propagation, such as {@code shared:1}
 * @param superOptions of the superblock, comma-separated
 */
public record MountEntry(
        int id, int parent, int major, int minor, String root, String target, String options,
        List<String> optionalFields, String type, String source, String superOptions) {

    /** Whether a comma-separated option is set on the mount or on its superblock. */
    public boolean hasOption(String option) {
        return List.of(options.split(",")).contains(option) || List.of(superOptions.split(",")).contains(option);
    }
}
