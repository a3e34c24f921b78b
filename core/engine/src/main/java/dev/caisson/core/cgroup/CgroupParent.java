package dev.caisson.core.cgroup;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** A parent cgroup, opened component by component and made where missing. */
record CgroupParent(CgroupDir dir, List<String> made) {
    /** @throws IllegalArgumentException unless each component is a plain name */
    static List<String> components(String path) {
        List<String> names = Arrays.stream((path.startsWith("/") ? path.substring(1) : path).split("/", -1)).toList();
        for (String name : names) {
            if (name.isEmpty() || name.equals(".") || name.equals("..") || name.length() > 255 || name.chars().anyMatch(c -> c < ' ' || c == 127)) {
                throw new IllegalArgumentException("cgroupParent(\"" + path + "\") is not a path of plain names below the cgroup mount: '" + name + "'");
            }
        }
        return names;
    }

    /** Where the engine goes unless told otherwise. */
    static CgroupParent existing(Hierarchy h) {
        try (CgroupDir mount = CgroupDir.mount(h.mountPoint())) {
            return new CgroupParent(mount.open(h.defaultParent()), List.of());
        }
    }

    /**
     * Removes what it made if it cannot get to the end. In v2 each one on the way hands its controllers on, as one that is made has those alone.
     *
     * @param leftOut gets the controllers that cannot be
     */
    static CgroupParent open(Hierarchy h, List<String> components, List<LeftOut> leftOut) {
        List<String> made = new ArrayList<>();
        CgroupDir dir = CgroupDir.mount(h.mountPoint());
        StringBuilder path = new StringBuilder();
        try {
            for (String name : components) {
                if (h.unified()) {
                    EngineCgroup.enable(dir, leftOut);
                }
                boolean isNew = dir.makeIfAbsent(name);
                path.append(path.length() == 0 ? "" : "/").append(name);
                if (isNew) {
                    made.add(path.toString());
                }
                CgroupDir child = dir.open(name);
                if (isNew) {
                    EngineCgroup.inherit(h, dir, child);
                }
                dir.close();
                dir = child;
            }
            return new CgroupParent(dir, made);
        } catch (RuntimeException e) {
            dir.close();
            removeMade(h, made);
            throw e;
        }
    }

    /** Removes what was made, unless somebody else uses it now. */
    static void removeMade(Hierarchy h, List<String> made) {
        List<String> deepestFirst = new ArrayList<>(made);
        Collections.reverse(deepestFirst);
        try (CgroupDir mount = CgroupDir.mount(h.mountPoint())) {
            for (String path : deepestFirst) {
                try {
                    mount.remove(path);
                } catch (dev.caisson.linux.SyscallException stillUsed) {
                    return;
                }
            }
        }
    }
}
