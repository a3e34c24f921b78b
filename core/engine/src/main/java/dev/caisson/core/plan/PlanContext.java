package dev.caisson.core.plan;

import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.core.launch.OpFlags;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the rooms of a plan share while it is compiled: the builder, and the slots the others need. */
public final class PlanContext {
    static final long RDONLY = 1;
    static final long NOSUID = 2;
    static final long NODEV = 4;
    static final long NOEXEC = 8;
    static final long STRICTATIME = 0x20;
    static final long OPEN_TREE_CLONE = 1;

    /** Slots below are of what a launch message brings; the first of two plans, which does not know how much that will be, leaves them free. */
    private static final int BROUGHT = 256;

    private final LaunchPlan.Builder builder = new LaunchPlan.Builder();
    /** Whether it is the second of two plans. */
    private final boolean late;
    private static final List<String> STREAMS = List.of("stdin", "stdout", "stderr");

    private final List<String> received = new ArrayList<>();
    private final Map<String, Integer> slots = new HashMap<>();
    private final int root;

    /** Of a plan from the clone to the program, or up to where only the program is missing. */
    PlanContext(PlanInput input, boolean streams) {
        this(input, streams, false);
    }

    private PlanContext(PlanInput input, boolean streams, boolean late) {
        this.late = late;
        STREAMS.forEach(name -> {
            if (streams) {
                receive(name);
            } else {
                builder.elsewhere();
            }
        });
        root = receive("root");
        if (input.network() == PlanInput.NetworkNamespace.GIVEN && !late) {
            receive("netns");
        }
        PlanInput.Spaces spaces = input.spaces();
        if (spaces.ipc() == PlanInput.Space.ANOTHERS) {
            receive("ipc");
        }
        if (spaces.pid() == PlanInput.Space.ANOTHERS) {
            receive("pid");
        }
        if (spaces.uts() == PlanInput.Space.ANOTHERS) {
            receive("uts");
        }
        if (spaces.cgroup()) {
            receive("cgroupns");
        }
        if (spaces.time()) {
            receive("timens");
        }
        if (spaces.shm() && spaces.ipc() != PlanInput.Space.OWN) {
            receive("shm");
        }
        if (input.process().tty()) {
            receive("terminal");
        }
        if (input.cgroup().deviceFilter() != null) {
            receive("device filter");
        }
        if (input.privilege().landlock()) {
            receive("landlock");
        }
        DeviceFiles.received(input).forEach(this::receive);
        for (PlanInput.Attached mount : input.root().mounts()) {
            if (mount.tmpfs() == null) {
                receive("mount " + mount.target());
            }
        }
        if (input.stops().gate()) {
            receive("gate");
        }
        if (!input.stops().hooks().isEmpty()) {
            receive("state");
        }
        if (late) {
            builder.slots(BROUGHT);
        }
    }

    /**
     * Of one of two plans, the first of which knows neither root file system nor user nor program.
     *
     * @param late whether it is the second
     */
    static PlanContext ofTwo(PlanInput input, boolean late) {
        return late ? new PlanContext(input, true, true) : new PlanContext(input.network() == PlanInput.NetworkNamespace.GIVEN);
    }

    private PlanContext(boolean netns) {
        late = false;
        root = -1;
        builder.skip(BROUGHT - 1);
        if (netns) {
            receive("netns");
        }
        builder.slots(BROUGHT);
    }

    /** Of the rest of such a plan, on its slots. */
    PlanContext(LaunchPlan ahead) {
        late = false;
        STREAMS.forEach(this::receive);
        root = ahead.first();
        builder.slots(ahead.slots());
    }

    private int receive(String name) {
        int slot = builder.received();
        received.add(name);
        slots.put(name, slot);
        return slot;
    }

    /** The slot of a received descriptor. */
    int received(String name) {
        Integer slot = slots.get(name);
        if (slot == null) {
            throw new IllegalStateException("nothing is received as " + name);
        }
        return slot;
    }

    /** The names of the descriptors the launch message carries, in order. */
    List<String> received() {
        return List.copyOf(received);
    }

    /** The container's root mount. */
    public int root() {
        return root;
    }

    /** A slot for an operation's result. */
    public int slot() {
        return builder.slot();
    }

    public void prepare(Op op) {
        builder.add(Phase.PREPARE, op);
    }

    /** In the child, independent of the root file system. */
    public void prefix(Op op) {
        builder.add(late ? Phase.CHILD : Phase.PREFIX, op); // a second plan has one list
    }

    /** In the child, in order. */
    public void child(Op op) {
        builder.add(Phase.CHILD, op);
    }

    /** Makes a detached mount ahead (PREFIX) and returns its slot. */
    public int mount(String type, long attributes, String... options) {
        int slot = slot();
        prefix(Op.of(OpCode.FSMOUNT).slot(slot).s(type).t(Op.strings(List.of(options))).a(attributes));
        return slot;
    }

    /** Attaches a detached mount onto a directory of the root, which is made if missing. */
    public void attach(int slot, String target) {
        child(Op.of(OpCode.ATTACH).slot(slot).slot2(root).s(target).flags(OpFlags.MAKE_DIR));
    }

    /** Attaches one onto a directory of a file system that was made for this container, and that nobody has changed yet. */
    void attachOurs(int slot, int on, String name) {
        child(Op.of(OpCode.ATTACH).slot(slot).slot2(on).s(name).flags(OpFlags.OURS));
    }

    LaunchPlan.Builder builder() {
        return builder;
    }
}
