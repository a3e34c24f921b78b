package dev.caisson.core.engine;

import dev.caisson.core.plan.PlanCompiler;
import dev.caisson.linux.Fd;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The descriptors of one launch message, by the plan's names, until they are sent. */
final class Received implements AutoCloseable {
    private final Map<String, Fd> byName = new LinkedHashMap<>();

    /** Takes one. */
    void put(String name, Fd fd) {
        byName.put(name, fd);
    }

    /** Takes one, or closes it where there is one of that name. */
    void putUnlessThere(String name, Fd fd) {
        if (byName.putIfAbsent(name, fd) != null) {
            fd.close();
        }
    }

    /** Those that a compiled plan expects, in its order. */
    List<Fd> inOrder(PlanCompiler.Compiled compiled) {
        List<Fd> fds = new ArrayList<>(compiled.received().size());
        for (String name : compiled.received()) {
            Fd fd = byName.get(name);
            if (fd == null) {
                throw new IllegalStateException("the plan expects a descriptor '" + name + "'; there are " + byName.keySet());
            }
            fds.add(fd);
        }
        return fds;
    }

    /** Closes them all: the guard has copies by now, or nobody needs them. */
    @Override
    public void close() {
        byName.values().forEach(Fd::close);
        byName.clear();
    }
}
