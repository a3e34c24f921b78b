package dev.caisson.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares numbers, constants and layouts with what the C compiler of this machine says. */
class AbiTest {
    private static final String INCLUDES = """
            #define _GNU_SOURCE
            #include <stdio.h>
            #include <stddef.h>
            #include <errno.h>
            #include <fcntl.h>
            #include <signal.h>
            #include <sys/stat.h>
            #include <sys/syscall.h>
            #include <sys/socket.h>
            #include <sys/epoll.h>
            #include <sys/vfs.h>
            #include <sys/wait.h>
            #include <sys/mount.h>
            #include <sys/xattr.h>
            #include <linux/openat2.h>
            #include <dirent.h>
            """;

    private static final Map<String, String> LAYOUT = layout();

    @TempDir
    Path temp;

    private static Map<String, String> layout() {
        Map<String, String> c = new LinkedHashMap<>();
        c.put("STATX_SIZE", "sizeof(struct statx)");
        c.put("STATX_SIZE_OF_FILE", "offsetof(struct statx, stx_size)");
        for (String field : List.of("nlink", "uid", "gid", "mode", "ino", "blocks", "atime", "ctime", "mtime", "rdev_major",
                "rdev_minor", "dev_major", "dev_minor", "mnt_id")) {
            c.put("STATX_" + field.toUpperCase(Locale.ROOT), "offsetof(struct statx, stx_" + field + ")");
        }
        c.put("STATFS_SIZE", "sizeof(struct statfs)");
        for (String field : List.of("type", "bsize", "blocks", "bfree", "bavail", "flags")) {
            c.put("STATFS_" + field.toUpperCase(Locale.ROOT), "offsetof(struct statfs, f_" + field + ")");
        }
        c.put("DIRENT_RECLEN", "offsetof(struct dirent64, d_reclen)");
        c.put("DIRENT_TYPE", "offsetof(struct dirent64, d_type)");
        c.put("DIRENT_NAME", "offsetof(struct dirent64, d_name)");
        c.put("OPEN_HOW_SIZE", "sizeof(struct open_how)");
        c.put("MOUNT_ATTR_SIZE", "sizeof(struct mount_attr)");
        c.put("MSGHDR_SIZE", "sizeof(struct msghdr)");
        for (String field : List.of("iov", "iovlen", "control", "controllen", "flags")) {
            c.put("MSGHDR_" + field.toUpperCase(Locale.ROOT), "offsetof(struct msghdr, msg_" + field + ")");
        }
        c.put("IOVEC_SIZE", "sizeof(struct iovec)");
        c.put("CMSGHDR_SIZE", "sizeof(struct cmsghdr)");
        c.put("SIGINFO_SIZE", "sizeof(siginfo_t)");
        for (String field : List.of("code", "pid", "uid", "status")) {
            c.put("SIGINFO_" + field.toUpperCase(Locale.ROOT), "offsetof(siginfo_t, si_" + field + ")");
        }
        c.put("EPOLL_EVENT_SIZE", "sizeof(struct epoll_event)");
        c.put("EPOLL_EVENT_DATA", "offsetof(struct epoll_event, data)");
        c.put("FLOCK_SIZE", "sizeof(struct flock)");
        c.put("FLOCK_WHENCE", "offsetof(struct flock, l_whence)");
        c.put("FLOCK_START", "offsetof(struct flock, l_start)");
        c.put("FLOCK_LEN", "offsetof(struct flock, l_len)");
        return c;
    }

    @Test
    void layoutsAreTheCompilers() throws Exception {
        compare(Abi.class, LAYOUT, Set.of("X86_64", "PIDFD_INFO_SIZE", "PIDFD_INFO_EXIT_CODE"));
    }

    @Test
    void numbersConstantsAndErrorsAreTheHeaders() throws Exception {
        compare(Nr.class, names(Nr.class, "SYS_"), Set.of());
        compare(Fcntl.class, names(Fcntl.class, ""), Set.of());
        compare(MountFlags.class, names(MountFlags.class, ""), Set.of());
        compare(Errno.class, names(Errno.class, ""), Set.of());
        compare(Epoll.class, names(Epoll.class, ""), Set.of());
    }

    private static Map<String, String> names(Class<?> type, String prefix) throws ReflectiveOperationException {
        Map<String, String> names = new LinkedHashMap<>();
        for (Field field : constants(type)) {
            String name = field.getName();
            names.put(name, prefix + (prefix.isEmpty() ? name : name.toLowerCase(Locale.ROOT)));
        }
        return names;
    }

    private static List<Field> constants(Class<?> type) {
        List<Field> constants = new ArrayList<>();
        for (Field field : type.getDeclaredFields()) {
            boolean hidden = java.lang.reflect.Modifier.isPrivate(field.getModifiers());
            if (!hidden && (field.getType() == int.class || field.getType() == long.class)) {
                field.setAccessible(true);
                constants.add(field);
            }
        }
        return constants;
    }

    /** Each constant is compared; a macro that these headers lack (an older distribution) is left out, and counted. */
    private void compare(Class<?> type, Map<String, String> expressions, Set<String> notInHeaders) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/gcc")), "gcc is not installed: apt-get install gcc libc6-dev");
        StringBuilder c = new StringBuilder(INCLUDES + "int main(void) {\n");
        for (var entry : expressions.entrySet()) {
            boolean macro = entry.getValue().indexOf('(') < 0;
            String print = "printf(\"" + entry.getKey() + " %lld\\n\", (long long) (" + entry.getValue() + "));\n";
            c.append(macro ? "#ifdef " + entry.getValue() + "\n" + print + "#endif\n" : print);
        }
        Path source = temp.resolve(type.getSimpleName() + ".c");
        Path program = temp.resolve(type.getSimpleName());
        Files.writeString(source, c.append("return 0; }\n"));
        run("gcc", "-o", program.toString(), source.toString());
        Map<String, Long> compiled = new LinkedHashMap<>();
        run(program.toString()).lines().forEach(line -> compiled.put(line.split(" ")[0], Long.parseLong(line.split(" ")[1])));
        int compared = 0;
        for (Field field : constants(type)) {
            if (notInHeaders.contains(field.getName())) {
                continue;
            }
            assertTrue(expressions.containsKey(field.getName()), field.getName() + " is compared with nothing");
            Long expected = compiled.get(field.getName());
            if (expected != null) {
                compared++;
                long mask = field.getType() == int.class ? 0xffffffffL : -1L;
                assertEquals(expected & mask, ((Number) field.get(null)).longValue() & mask, field.getName());
            }
        }
        assertTrue(compared * 10 >= expressions.size() * 7, type + ": only " + compared + " of " + expressions.size());
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), output);
        return output;
    }
}
