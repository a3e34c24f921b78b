package dev.caisson.testkit.leak;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Cgroup directories made since, in every hierarchy that is mounted. One that holds processes, none of them ours, is a stranger's. */
final class CgroupWatch implements Watch {
    private final ProcessWatch processes;
    private final Set<Path> before = directories();

    CgroupWatch(ProcessWatch processes) {
        this.processes = processes;
    }

    @Override
    public List<String> left() {
        List<Path> made = directories().stream().filter(directory -> !before.contains(directory)).collect(Collectors.toList());
        if (made.isEmpty()) {
            return List.of();
        }
        Set<Integer> ours = processes.ours();
        List<String> left = new ArrayList<>();
        for (Path directory : made) {
            Set<Integer> members = members(directory);
            if (members.isEmpty() ? Files.isDirectory(directory) : members.stream().anyMatch(ours::contains)) {
                left.add(directory + (members.isEmpty() ? "" : "  with processes " + members));
            }
        }
        return left;
    }

    private static Set<Integer> members(Path directory) {
        Set<Integer> members = new TreeSet<>();
        Proc.text(directory.resolve("cgroup.procs")).lines().map(Integer::valueOf).forEach(members::add);
        children(directory).forEach(child -> members.addAll(members(child)));
        return members;
    }

    private static Set<Path> directories() {
        Set<Path> directories = new TreeSet<>();
        for (String line : Proc.lines("/proc/self/mountinfo")) {
            if (line.contains(" - cgroup ") || line.contains(" - cgroup2 ")) {
                descend(Path.of(line.split(" ")[4]), directories);
            }
        }
        return directories;
    }

    private static void descend(Path directory, Set<Path> into) {
        if (into.add(directory)) {
            children(directory).forEach(child -> descend(child, into));
        }
    }

    private static List<Path> children(Path directory) {
        return Proc.entries(directory).stream().filter(entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)).collect(Collectors.toList());
    }
}
