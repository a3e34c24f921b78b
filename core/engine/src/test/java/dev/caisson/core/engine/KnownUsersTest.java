package dev.caisson.core.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caisson.InvalidSpec;
import dev.caisson.RootSource;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.spi.storage.LayerId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A user is who the root's own files say now: they are read again unless nothing can have changed. */
class KnownUsersTest {
    @TempDir
    Path root;

    private Clock clock = Clock.systemUTC();
    private final KnownUsers users = new KnownUsers(new Clock() {
        @Override
        public Instant instant() {
            return clock.instant();
        }

        @Override
        public ZoneId getZone() {
            return clock.getZone();
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return clock.withZone(zone);
        }
    });

    @BeforeEach
    void passwd() throws IOException {
        Files.createDirectory(root.resolve("etc"));
        write("app:x:1000:1000::/home/a:/bin/sh\n");
    }

    private void write(String passwd) throws IOException {
        Files.writeString(root.resolve("etc/passwd"), passwd);
    }

    private String home() {
        try (Fd fresh = FileCalls.open(root, Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0)) {
            return users.of(new RootSource.Directory(root, false), null, fresh, "app", List.of()).home();
        }
    }

    /** Without a look into the root: there is nothing in the one it is given. */
    private String unread(@Nullable LayerId top) throws IOException {
        try (Fd nothing = FileCalls.open(Files.createDirectories(root.resolve("nothing")), Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0)) {
            return users.of(new RootSource.Directory(root, false), top, nothing, "app", List.of()).home();
        }
    }

    /** Time goes on: three seconds by the clock, and in truth as long as times of files need to differ, a tick of 10 ms at most. */
    private void settle() throws InterruptedException {
        Thread.sleep(50);
        clock = Clock.offset(clock, Duration.ofMillis(3100));
    }

    @Test
    void whatWasChangedAMomentAgoIsReadEachTime() throws IOException {
        for (int i = 0; i < 50; i++) {
            write("app:x:1000:1000::/home/" + (char) ('a' + i % 26) + ":/bin/sh\n");
            assertEquals("/home/" + (char) ('a' + i % 26), home());
        }
    }

    @Test
    void whatIsAsItWasIsNotReadAgain() throws IOException, InterruptedException {
        Files.createDirectory(root.resolve("nothing"));
        settle();
        assertEquals("/home/a", home());
        assertEquals("/home/a", unread(null));
    }

    /** As long as before, and with the old times: the kernel's time of change tells. */
    @Test
    void aChangeIsSeen() throws IOException, InterruptedException {
        settle();
        assertEquals("/home/a", home());
        FileTime before = Files.getLastModifiedTime(root.resolve("etc/passwd"));
        write("app:x:1000:1000::/home/b:/bin/sh\n");
        Files.setLastModifiedTime(root.resolve("etc/passwd"), before);
        assertEquals("/home/b", home());
        settle();
        assertEquals("/home/b", home());
    }

    @Test
    void theGroupsCountToo() throws IOException, InterruptedException {
        settle();
        assertEquals("/home/a", home());
        Files.writeString(root.resolve("etc/group"), "more:x:7:app\n");
        try (Fd fresh = FileCalls.open(root, Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0)) {
            assertArrayEquals(new int[] {1000, 7}, users.of(new RootSource.Directory(root, false), null, fresh, "app", List.of()).supplementary());
        }
    }

    /** What a link leads to may change unseen. */
    @Test
    void behindALinkItIsReadEachTime() throws IOException, InterruptedException {
        Files.move(root.resolve("etc/passwd"), root.resolve("real"));
        Files.createSymbolicLink(root.resolve("etc/passwd"), Path.of("/real"));
        settle();
        assertEquals("/home/a", home());
        assertThrows(InvalidSpec.class, () -> unread(null), "nobody of that name there");
    }

    @Test
    void aLayerNeverChanges() throws IOException {
        LayerId layer = new LayerId("sha256:" + "1".repeat(64));
        try (Fd fresh = FileCalls.open(root, Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0)) {
            assertEquals("/home/a", users.of(new RootSource.Image("image"), layer, fresh, "app", List.of()).home());
        }
        assertEquals("/home/a", unread(layer));
        assertThrows(InvalidSpec.class, () -> unread(new LayerId("sha256:" + "2".repeat(64))));
    }
}
