package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.InvalidSpec;
import dev.caisson.Stage;
import dev.caisson.core.cgroup.CgroupLayout;
import dev.caisson.core.cgroup.EngineCgroups;
import dev.caisson.core.cgroup.GivenPlace;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Cgroups outside the engine's directories ({@code linux.cgroupsPath} of a bundle): where, and what the next engine finds of them if JVM and guard die together. */
final class GivenCgroups {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");
    private static final String FILE = "cgroups";

    private GivenCgroups() {}

    /** "" for none. */
    static String path(ContainerSpec spec) {
        return spec.oci() == null ? "" : spec.oci().cgroupsPath();
    }

    /** @throws InvalidSpec if the engine may not be there */
    static GivenPlace place(EngineCgroups cgroups, Optional<String> parent, ContainerSpec spec) {
        String path = path(spec);
        List<String> names = Arrays.stream(path.split("/")).filter(name -> !name.isEmpty()).toList();
        boolean absolute = path.startsWith("/");
        if (absolute && parent.isPresent()) {
            List<String> above = Arrays.stream(parent.get().split("/")).filter(name -> !name.isEmpty()).toList();
            if (names.size() <= above.size() || !names.subList(0, above.size()).equals(above)) {
                throw new InvalidSpec("config.json linux.cgroupsPath", path + " is not below cgroupParent(\"" + parent.get() + "\") of its engine", "give a path below it, or a relative one");
            }
        }
        return cgroups.given(absolute, names);
    }

    /** Written down when they are there; it goes with the container's directory. */
    static void write(RunContext run) {
        if (!path(run.spec()).isEmpty()) {
            byte[] lines = String.join("\n", run.cgroup().outside()).getBytes(StandardCharsets.UTF_8);
            try (Fd file = FileCalls.openat(run.files().state(), FILE, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_TRUNC | Fcntl.O_NOFOLLOW, 0600)) {
                FileCalls.writeAll(file, ByteBuffer.wrap(lines));
            } catch (SyscallException e) {
                throw StageClock.failure(Stage.SPAWN, "write down the cgroups of container " + run.name(), e);
            }
        }
    }

    /** @param engine the directory of one that is dead, and so are all its containers */
    static void sweep(CgroupLayout layout, Path engine) {
        try (DirectoryStream<Path> containers = Files.newDirectoryStream(engine.resolve("containers"))) {
            for (Path container : containers) {
                Path file = container.resolve(FILE);
                if (Files.isRegularFile(file)) {
                    EngineCgroups.sweepOutside(layout, Files.readAllLines(file));
                }
            }
        } catch (NoSuchFileException e) {
            LOG.debug("{} has had no containers", engine);
        } catch (IOException e) {
            LOG.warn("the cgroups of containers of the dead engine {}: {}", engine, e.toString());
        }
    }
}
