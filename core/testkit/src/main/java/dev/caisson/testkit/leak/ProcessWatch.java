package dev.caisson.testkit.leak;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * New processes that are ours. A descendant is easy; one whose parent died belongs to pid 1 and must be known by something it
 * cannot shed: the guard's executable, a namespace or a session that did not exist before, or this JVM's process group.
 */
final class ProcessWatch implements Watch {
    private static final List<String> KINDS = List.of("mnt", "pid", "net", "user");

    /** A line of the table; state as in proc_pid_stat(5). */
    record Entry(int pid, long start, char state, int parent, int group, int session, String command, String exe, Set<String> namespaces) {
        String identity() {
            return pid + "@" + start;
        }

        boolean isGuard() {
            return exe.startsWith("/memfd:caisson-guard") || exe.endsWith("/caisson-guard");
        }
    }

    private final int self;
    private final Supplier<Map<Integer, Entry>> source;
    private final Set<String> identities = new HashSet<>();
    private final Set<String> namespaces = new HashSet<>();
    private final Set<Integer> sessions = new HashSet<>();

    ProcessWatch() {
        this((int) ProcessHandle.current().pid(), ProcessWatch::table);
    }

    /** Of a table that is not the kernel's. */
    ProcessWatch(int self, Supplier<Map<Integer, Entry>> source) {
        this.self = self;
        this.source = source;
        for (Entry entry : source.get().values()) {
            identities.add(entry.identity());
            namespaces.addAll(entry.namespaces());
            sessions.add(entry.session());
        }
    }

    @Override
    public List<String> left() {
        Map<Integer, Entry> table = source.get();
        List<String> left = new ArrayList<>();
        for (Entry entry : table.values()) {
            String why = whyOurs(entry, table);
            if (!why.isEmpty()) {
                left.add(entry.pid() + "  " + entry.command() + "  " + why + (entry.state() == 'Z' ? ", a zombie" : "") + ", parent " + entry.parent() + ", exe " + entry.exe());
            }
        }
        return left;
    }

    /** This JVM, and the processes {@link #left()} names. */
    Set<Integer> ours() {
        Map<Integer, Entry> table = source.get();
        return table.values().stream().filter(entry -> entry.pid() == self || !whyOurs(entry, table).isEmpty()).map(Entry::pid).collect(Collectors.toSet());
    }

    private String whyOurs(Entry entry, Map<Integer, Entry> table) {
        if (identities.contains(entry.identity())) {
            return "";
        }
        if (entry.state() == 'Z' && entry.parent() == 1 && self != 1) {
            return ""; /* dead, and pid 1's to wait for, which may take its time */
        }
        Entry eldest = eldest(entry, table);
        if (eldest.parent() == self) {
            return "a descendant of this JVM";
        }
        if (identities.contains(eldest.identity())) {
            return ""; /* below a process that was there before: a stranger's */
        }
        if (entry.isGuard()) {
            return "a guard";
        }
        if (entry.namespaces().stream().anyMatch(namespace -> !namespaces.contains(namespace))) {
            return "in a namespace made since";
        }
        Entry own = table.get(self);
        boolean orphan = own != null && (eldest.group() == own.group() || !sessions.contains(eldest.session()));
        return orphan ? "an orphan of this process group or of a session made since" : "";
    }

    /** The ancestor right below this JVM, or else below pid 1, or else that was there before; the entry itself when it is that. */
    private Entry eldest(Entry entry, Map<Integer, Entry> table) {
        Entry at = entry;
        while (at.parent() > 1 && at.parent() != self && !identities.contains(at.identity()) && table.containsKey(at.parent())) {
            at = table.get(at.parent());
        }
        return at;
    }

    private static Map<Integer, Entry> table() {
        Map<Integer, Entry> table = new HashMap<>();
        for (Path directory : Proc.processes()) {
            String stat = Proc.text(directory.resolve("stat"));
            int name = stat.lastIndexOf(')');
            if (name < 0) {
                continue;
            }
            /* proc_pid_stat(5): what follows "(comm)" begins with state, the third field; starttime is the 22nd. */
            String[] field = stat.substring(name + 2).split(" ");
            Set<String> namespaces = KINDS.stream().map(kind -> Proc.link(directory.resolve("ns").resolve(kind))).filter(target -> !target.isEmpty()).collect(Collectors.toSet());
            int pid = Integer.parseInt(directory.getFileName().toString());
            table.put(pid, new Entry(pid, Long.parseLong(field[19]), field[0].charAt(0), Integer.parseInt(field[1]), Integer.parseInt(field[2]), Integer.parseInt(field[3]),
                    command(directory, stat.substring(stat.indexOf('(') + 1, name)), Proc.link(directory.resolve("exe")), namespaces));
        }
        return table;
    }

    private static String command(Path directory, String name) {
        String arguments = Proc.text(directory.resolve("cmdline")).replace('\0', ' ').strip();
        return arguments.isEmpty() ? "[" + name + "]" : arguments.length() > 160 ? arguments.substring(0, 160) + "..." : arguments;
    }
}
