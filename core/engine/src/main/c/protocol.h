/*
 * The guard's protocol: the single source of its numbers. ProtocolHeaderTest compares it with the Java side.
 *
 *   [ JVM: core/launch ]                 [ guard: pid 1 of its PID namespace ]          [ container child ]
 *   posix_spawn(stub) ------------------> close_range, clone the guard, send GUARD, exit
 *                     <---- GUARD(+pidfd) (sent by the stub)
 *                     <---- READY(version) (sent by the guard)
 *   SLOTS(+fds) ------------------------> descriptors for the engine's life (cgroup parents ...)
 *   LAUNCH(+plan memfd, +fds) ----------> prepare ops, clone -------------------------> child ops, in order
 *                                        [the ops about it, then a go     ----------> goes on: with OP_WAIT_GO of the guard's own]
 *                     <---- STARTED(+pidfd)  if F_WANT_PIDFD                             (with OP_WAIT_GO or OP_CONTINUE: once it waits at the first)
 *   GO (only with OP_WAIT_GO) ----------------------------------------------------> goes on
 *   CONTINUE(+plan, +fds) (only with OP_CONTINUE, after STARTED) ------------------> the CHILD list of that plan
 *                     <---- RUNNING          if F_WANT_RUNNING       <---------------- execve succeeded (CLOEXEC pipe)
 *                     <---- FAILED(list, op, errno, path)            <---------------- an op failed
 *   SIGNAL -----------------------------> kill / thaw
 *                     <---- EXITED(status, rusage, reports)           report ops, after the wait
 *                     <---- GONE(undo failures)                       undo ops, in the order given by the plan
 *   EOF on the socket or the JVM's pidfd: kill everything, wait, run all undo lists, then the FAREWELL list, exit.
 *
 *   [ JVM ]                              [ guard ]                                     [ the next JVM ]
 *   LISTEN(+socket) --------------------> keeps it for visitors
 *   DETACH(+stdout, stderr, spool ...) -> the launch outlives the engine
 *                     <---- DETACHED
 *   EOF or death, with launches detached: everything else is killed and undone, output of those goes to their spools
 *                                         <------------------------------------------- TAKE(+pidfd of that JVM), over the socket
 *                                         HELD(pid) -----------------------------------> somebody else is the engine; then the connection ends
 *                                         KEPT(+pidfd), KEPT(+stdout), KEPT(+stderr) ---> for each launch
 *                                         TAKEN(version, +pidfd of the guard) ----------> this connection is the engine's socket now
 *                                         EXITED, GONE --------------------------------> of what has ended meanwhile
 *   FORGET -----------------------------> a launch that is gone is kept no more; without such, the next EOF ends the guard
 *   RECIPE(+plan, +mounts, +fds) -------> how a detached launch is launched again; RECIPE(+plan): otherwise from now on
 *   AGAIN ------------------------------> it is, after its GONE: [STARTED] ([RUNNING] EXITED | FAILED) GONE. While there is no engine, by itself
 *
 * The end comes after what was said before it: messages that the guard has not read when it notices count, but for LAUNCH.
 * For one launch id the order is: [STARTED] ([RUNNING] EXITED | FAILED) GONE. FAILED in list PREPARE means nothing was cloned; its op is the
 * length of the list if it was the clone itself (detail STEP_CLONE, path = the call). A guard that cannot set itself up says FAILED with id 0,
 * list LISTS, and the call in path, and ends.
 * All integers are little endian, on the natural alignment. One message is one SOCK_SEQPACKET record; descriptors ride on it (SCM_RIGHTS).
 * The JVM decides, the guard obeys: no defaults and no policy here.
 */
#ifndef CAISSON_PROTOCOL_H
#define CAISSON_PROTOCOL_H

#include <stdint.h>

#define PROTOCOL_VERSION 4

/* Descriptors the stub is started with; everything else is closed first. */
#define FD_CONTROL 3 /* SOCK_SEQPACKET to the engine */
#define FD_JVM 4     /* pidfd of the JVM: readable when it is dead */
#define FD_LOCK 5    /* engine.lock, held for as long as the guard lives */
#define FD_USERNS 6  /* only of an ordinary user's engine: the worker's user namespace */

/* Of "confine", which runs one plan without namespaces (confine.c), beside FD_CONTROL and FD_JVM, and its program's streams at 0 to 2. */
#define FD_RULESET 5 /* of Landlock; fills the plan's first slot */
#define FD_PLAN 6    /* sealed: a CHILD list and nothing else */

/* ---- messages ---- */
enum message_type {
    /* JVM to guard */
    MSG_SLOTS = 1,  /* a = first slot (>= SLOT_ENGINE); the descriptors fill it and the following ones */
    MSG_LAUNCH = 2, /* first descriptor: sealed memfd with the plan; the others fill slots 0, 1, ... */
    MSG_GO = 3,
    MSG_SIGNAL = 4, /* a = signal number; b = scope */
    MSG_SHUTDOWN = 5,
    MSG_FAREWELL = 6, /* one descriptor: a plan with an UNDO list and nothing else, over engine slots; the guard runs it as its last act, however it ends but by
                         SIGKILL. What is marked OPF_AT_KILL it does as soon as the engine is gone, if launches outlive that, and closes the slots of it. Replaces the one before.
                         REFUSED if it is not such a plan */
    MSG_CONTINUE = 7, /* the rest of a launch that waits in OP_CONTINUE: first descriptor as in LAUNCH, a plan with a CHILD list and nothing else, of as many
                         slots; the other descriptors fill its slots, all others are as the first plan left them. Its time counts from here. With OP_WAIT_GO: after GO. */
    MSG_LISTEN = 8,   /* one descriptor: a listening SOCK_SEQPACKET of AF_UNIX; once. The guard's user may connect to it */
    MSG_DETACH = 9,   /* three descriptors: the read ends of stdout and stderr, and the spool, open with O_APPEND and empty; a = bytes it may have. At most MAX_HELD more are
                         held until FORGET, and nothing is done with them: something of the kernel's lives as long as they do. The launch runs, or waits in
                         OP_WAIT_GO, without whose GO it is bound all the same;
                         after LISTEN. Is kept after its end, until FORGET. Answered by DETACHED; by REFUSED_ID if it has ended meanwhile */
    MSG_FORGET = 10,  /* of a detached launch: it is bound to the engine again, and if it is gone, that was all */
    MSG_TAKE = 11,    /* the first message of a connection to the socket: a = pid of the JVM, one descriptor: its pidfd */
    MSG_RECIPE = 12,  /* of a detached launch: descriptors: a plan as in LAUNCH, without OP_WAIT_GO and OP_CONTINUE; a mount namespace; what fills the plan's slots, of which
                         each launch gets copies. What OP_ROOT and OP_ATTACH attach are mounts of that namespace. When the guard, without an engine, launches it by itself:
                         a = enum again | pause before the last launch in ms << 2 | how often it may << 32
                         b = first pause | longest pause << 16 | a run so long makes the next pause the first << 40, all in ms; else each is twice the last one
                         Without descriptors only the numbers change; with a plan alone, of as many slots, that and the numbers. Of a launch that has ended meanwhile it is no error and is not answered */
    MSG_AGAIN = 13,   /* of a detached launch that is gone: launches it again; a, b as in RECIPE */
    /* guard to JVM */
    MSG_GUARD = 16,   /* a = pid of the guard as the stub sees it; carries its pidfd */
    MSG_READY = 17,   /* a = PROTOCOL_VERSION */
    MSG_STARTED = 18, /* a = pid in the guard's PID namespace; carries a pidfd */
    MSG_RUNNING = 19,
    MSG_FAILED = 20,  /* struct failure follows the header */
    MSG_EXITED = 21,  /* struct exited follows the header, then reports */
    MSG_GONE = 22,    /* a = number of undo ops that failed; that many struct failure (at most MAX_UNDO_FAILURES) follow */
    MSG_REFUSED = 23, /* the message with this id was malformed: a = reason (enum refusal), b = its type; nothing was done. A GO, a SIGNAL or a
                         CONTINUE that comes after the end of its launch is no error and is not answered. */
    MSG_KEPT = 24,    /* a detached launch: a = 0: its process (pidfd, unless it has ended), b = bytes of output that were lost; a = 1, 2: stdout, stderr;
                         a = 3, if there is a RECIPE: b = its a, as it is now, and its plan; a = 4, 5, ...: what is held besides, in the order of DETACH */
    MSG_TAKEN = 25,   /* a = PROTOCOL_VERSION; carries the guard's pidfd */
    MSG_HELD = 26,    /* a = pid that the engine gave with TAKE, 0 if it is the one that started the guard */
    MSG_FORGOTTEN = 27, /* the answer to FORGET, known or not: what was held for it is closed */
    MSG_DETACHED = 28,  /* the answer to DETACH: what follows about it counts even if the engine dies before it was read */
};

struct message {
    uint16_t type;
    uint16_t flags;
    uint32_t id; /* chosen by the JVM, unique among live launches */
    uint64_t a, b;
};

enum signal_scope {
    SCOPE_PROCESS = 0, /* pid 1 of the container, or the exec'd process */
    SCOPE_GROUP = 1,   /* its process group */
    SCOPE_TREE = 2,    /* everything of the launch: its undo ops marked OPF_AT_KILL run after the signal */
};

enum again { AGAIN_NEVER, AGAIN_FAILED, AGAIN_ALWAYS }; /* by itself: never, after an end with another status than 0, after any */

enum refusal { REFUSED_SHORT = 1, REFUSED_TYPE, REFUSED_PLAN, REFUSED_ID, REFUSED_FDS, REFUSED_BUSY };

struct failure {
    uint16_t list;  /* enum list */
    uint16_t op;    /* index in the list */
    uint16_t code;  /* enum op_code */
    uint16_t detail; /* which step inside the op: enum op_step, 0 if there is only one */
    int32_t error;  /* errno */
    char path[260]; /* what the op was about, NUL terminated, cut at the end */
};

struct exited {
    int32_t status; /* as wait4(2) returns it */
    int32_t pid;
    uint64_t user_usec, system_usec; /* rusage of the waited-for process and its waited-for children */
    uint64_t max_rss_kib;
    uint64_t elapsed_nsec; /* clone to exit, CLOCK_MONOTONIC */
    uint32_t reports;      /* number of struct report that follow, each padded to 4 bytes */
    uint32_t pad;
};

struct report {
    uint16_t op;   /* index in the REPORT list */
    uint16_t size; /* bytes that follow; 0 if the file could not be read */
};

struct spooled { /* in the spool; the bytes follow */
    uint64_t when_nsec; /* CLOCK_REALTIME */
    uint32_t length;
    uint32_t stream; /* 0 stdout, 1 stderr */
};

#define MAX_UNDO_FAILURES 16
#define MAX_MESSAGE 65536
#define MAX_FDS 250 /* the kernel's SCM_MAX_FD is 253 */
#define MAX_HELD 64

/* ---- the plan: one memfd, sealed ---- */
#define PLAN_MAGIC 0x314e5343u /* "CSN1" */
#define PLAN_MAX (16u << 20)

enum list { LIST_PREPARE, LIST_PREFIX, LIST_CHILD, LIST_REPORT, LIST_UNDO, LISTS };
/*
 * PREPARE  in the guard, before the clone; what is about the child (OP_ID_MAPS) after it, while the child waits. If an op fails, the UNDO list runs and FAILED + GONE are sent.
 * PREFIX   in the child; does not depend on the root file system.
 * CHILD    in the child; ends in OP_EXEC, or in OP_CONTINUE: a container made ahead, of which only the program is missing.
 * REPORT   in the guard, after the wait, before EXITED is sent.
 * UNDO     in the guard, after EXITED/FAILED was sent, in list order (the JVM writes it already reversed); every op runs whatever the others did.
 */

enum plan_flags { F_WANT_PIDFD = 1, F_WANT_RUNNING = 2 };

struct plan {
    uint32_t magic, version;
    uint32_t size; /* of the whole plan */
    uint32_t flags;
    uint64_t clone_flags; /* CLONE_NEW* for clone3 */
    uint32_t slots;       /* how many local slots the ops use; at most MAX_SLOTS */
    uint32_t fds;         /* how many of them come with the message */
    uint32_t first;       /* the slot that the first of them fills; the others fill the following ones */
    uint32_t pad;
    struct {
        uint32_t offset, count;
    } list[LISTS]; /* arrays of struct op */
};

#define MAX_SLOTS 512
#define SLOT_ENGINE 0x8000u /* slots from here on were sent with SLOTS */
#define MAX_ENGINE_SLOTS 64
#define SLOT_NONE 0xffffu

struct bytes {
    uint32_t offset, size; /* in the plan; a zero byte follows at offset + size */
};

struct op {
    uint16_t code, slot, slot2, flags;
    uint64_t a, b, c;
    struct bytes s, t, u;
};

enum op_flags {
    OPF_OPTIONAL = 1,   /* a failure is passed over (OP_ATTACH, OP_OPEN_TREE: where the path is not there, or not SAME_MOUNT; OP_KEYRING: see there); ops whose slot stayed
                           empty because of it are passed over too */
    OPF_RECURSIVE = 2,  /* AT_RECURSIVE */
    OPF_MAKE_DIR = 4,   /* make the missing target (and its parents, 0755) */
    OPF_MAKE_FILE = 8,  /* make the missing target an empty file */
    OPF_AT_KILL = 16,   /* an UNDO op that also runs when the launch is killed as a tree (e.g. thaw a v1 freezer); in FAREWELL: see there */
    OPF_INTO = 32,      /* OP_CGROUP_MAKE: clone the child into this cgroup (v2, CLONE_INTO_CGROUP) */
    OPF_EXCLUSIVE = 64, /* OP_FILE: O_EXCL */
    OPF_NOT_PROC = 256, /* OP_ATTACH: EPERM if the target lies on a procfs, whatever links of an image led there */
    OPF_SAME_MOUNT = 512, /* OP_ATTACH, OP_OPEN_TREE: EXDEV if s is not of the mount of its root slot (RESOLVE_NO_XDEV); not with MAKE_DIR and MAKE_FILE */
    OPF_OURS = 1024, /* OP_ATTACH, OP_OPEN_TREE: slot2 is a procfs, a sysfs or a tmpfs that only this child has and that nobody could change, or the guard's own: one
                        plain name in it is looked up by the mount call itself, and what was attached is not looked for again. OP_CGROUP_MAKE: remembered, if it was made
                        now; OP_UNLINK: a directory, removed if it is remembered for this slot, by who leaves it last: it may be busy */
    OPF_ONLY_AT_KILL = 128, /* an UNDO op that runs only then, and at the end of a launch that was so killed: what an exec started may outlive it, unless the exec is killed */
};

/*
 * "in root" below: openat2(slot, path, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS); a path is never resolved by string twice.
 * "beneath": RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV (cgroup and proc files of ours).
 */
enum op_code {
    /* guard: PREPARE, REPORT, UNDO (OP_WRITE also in the child) */
    OP_CGROUP_MAKE = 1,   /* mkdirat(slot, s, 0755); EEXIST is an error unless OPTIONAL; INTO: see above */
    OP_WRITE = 2,         /* open s beneath slot O_WRONLY, write t in one write(2) */
    OP_PID_NAMESPACE = 3, /* setns(slot = pidfd, CLONE_NEWPID) for the clone that follows; the guard returns to its own after it */
    OP_DEVICE_FILTER = 4, /* bpf(BPF_PROG_ATTACH, BPF_CGROUP_DEVICE): slot = program, cgroup = s beneath slot2 */
    OP_READ = 5,          /* REPORT: read s beneath slot, at most a (<= 4096) bytes */
    OP_CGROUP_KILL = 6,   /* everything in s beneath slot and below it: v2 cgroup.kill; v1: freezer if the file is there, kill each of
                             cgroup.procs, thaw, again until empty, at most 2 s */
    OP_CGROUP_REMOVE = 7, /* rmdir s beneath slot, its sub-cgroups first; EBUSY is tried again for up to 2 s without blocking the loop; ENOENT is success */
    OP_SEND = 8,          /* send(slot, t): a prepared netlink message */
    OP_UNLINK = 9,        /* unlinkat(slot, s, a = flags); ENOENT is success */
    OP_ID_MAPS = 10,      /* PREPARE, about the child: write s into its uid_map, t into its gid_map */

    /* child */
    OP_SETNS = 20,        /* setns(slot, a = CLONE_NEW* mask; slot is a namespace descriptor or a pidfd); with s: of s in procfs slot */
    OP_UNSHARE = 21,      /* unshare(a) */
    OP_HOSTNAME = 22,     /* sethostname(s) */
    OP_DOMAINNAME = 23,   /* setdomainname(s) */
    OP_KEYRING = 24,      /* keyctl(KEYCTL_JOIN_SESSION_KEYRING, s); ENOSYS, EPERM and EDQUOT are passed over only if OPTIONAL */
    OP_LOOPBACK_UP = 25,  /* lo up in the present network namespace */
    OP_WAIT_GO = 26,      /* tell the guard, wait for GO; a = 1: tell nobody, the guard itself says it after the ops about the child, and there are such only then */
    OP_FSMOUNT = 30,      /* slot := fsopen(s) + options t ("key=value\0", "flag\0", "\x01key=N\0": FSCONFIG_SET_FD with slot N) + fsmount(a = MOUNT_ATTR_*) */
    OP_OPEN_TREE = 31,    /* slot := open_tree of s in root slot2 (s empty: slot2 itself), a = OPEN_TREE_CLONE or 0, RECURSIVE */
    OP_OPEN_ROOT = 27,    /* slot := this process's own root directory (after SETNS into a container's mount namespace; else the guard's, in which with CLONE_NEWUSER p is
                             a procfs, s a sysfs, and, if the guard is root of the host, d a tmpfs with the OCI default devices) */
    OP_MOUNT_ATTR = 32,   /* mount_setattr(slot, set a, clear b, propagation c), RECURSIVE */
    OP_ROOT = 33,         /* attach detached mount slot as the container's root: later "in root" lookups use slot */
    OP_ATTACH = 34,       /* move_mount slot onto s in root slot2, MAKE_DIR / MAKE_FILE; then s is opened again and must be that mount (statx mnt_id) */
    OP_PIVOT = 35,        /* pivot_root to slot, the old root detached; cwd = / */
    OP_MKDIR = 36,        /* mkdir -p s in root slot, mode a for the last one, owner b:c for those made; an existing directory is success */
    OP_MKNOD = 37,        /* s in root slot, a = mode with S_IFMT, b = major, c = minor; exact mode whatever the umask */
    OP_SYMLINK = 38,      /* s in root slot -> t */
    OP_FILE = 39,         /* s in root slot: create (O_EXCL if EXCLUSIVE, else truncate), write t, exact mode a, owner b:c */
    OP_RLIMIT = 40,       /* prlimit(a = resource, soft b, hard c) */
    OP_UMASK = 41,        /* a */
    OP_SETSID = 42,
    OP_TERMINAL = 43,     /* a new pseudo terminal of the devpts whose root is slot2 (open "ptmx", unlock, TIOCGPTPEER): slot := the terminal,
                             local slot a := the master, window b = rows << 16 | columns; the terminal belongs to uid c, mode 0620 as mounted */
    OP_SEND_FD = 44,      /* sendmsg one byte with descriptor slot2 over the unix socket in slot */
    OP_CONTROLLING = 45,  /* TIOCSCTTY on slot (after SETSID) */
    OP_DUP = 46,          /* dup2(slot, a = 0..2) */
    OP_CHDIR = 47,        /* after PIVOT: chdir to s in root slot, MAKE_DIR (0755, owner b:c); then raw getcwd must be absolute, not "(unreachable)" */
    OP_GROUPS = 48,       /* setgroups(s as uint32_t[]) */
    OP_IDS = 49,          /* setresgid(b), setresuid(a), exactly; keeps nothing it was not told to (see OP_SECUREBITS) */
    OP_SECUREBITS = 50,   /* prctl(PR_SET_SECUREBITS, a): e.g. SECBIT_KEEP_CAPS around OP_IDS */
    OP_CAP_BOUNDING = 51, /* drop from the bounding set everything not in mask a, up to capability number b */
    OP_CAPS = 52,         /* capset: effective a, permitted b, inheritable c */
    OP_CAP_AMBIENT = 53,  /* clear the ambient set, then raise those in a */
    OP_NO_NEW_PRIVS = 54,
    OP_SECCOMP = 55,      /* seccomp(SECCOMP_SET_MODE_FILTER, a = flags, s = struct sock_filter[]) */
    OP_DUMPABLE = 56,     /* prctl(PR_SET_DUMPABLE, a) */
    OP_SIGNALS = 57,      /* all 64 dispositions to default and the mask a, by raw system calls */
    OP_CLOSE = 58,        /* close every descriptor but 0-2, the report pipe and the local slots named in s (uint16_t[]) */
    OP_INIT = 59,         /* fork; the parent becomes a reaping pid 1: forwards signals, reaps, exits with the child's status */
    OP_SCHED = 60,        /* reset nice to a, and SCHED_OTHER */
    OP_LANDLOCK = 61,     /* landlock_restrict_self(slot = ruleset) */
    OP_EXEC = 62,         /* execve the first of s ("path\0path\0") that is not ENOENT/ENOTDIR (EACCES is remembered and tried on, as execvp does),
                             argv t, envp u; on failure the path of the failing candidate is reported */
    OP_CONTINUE = 63,     /* tell the guard (a = 1: nobody; the launch counts as STARTED with its clone), wait for the plan of CONTINUE, go on with its CHILD list */
    OP_GATE = 64,         /* tell the guard that the program runs (it ends the report pipe), then wait for one byte from slot; later failures end the child with
                             126 or 127 and a line on its standard error */
    OP_HOOK = 65,         /* run s with argv t, envp u, slot from its start as standard input; an exit status but 0 is ECANCELED, after a ms (0: never) it is killed:
                             ETIMEDOUT */
};

/* Steps inside an op, for the failure record. */
enum op_step {
    STEP_ONLY, STEP_OPEN, STEP_CREATE, STEP_WRITE, STEP_ATTRIBUTE, STEP_FSOPEN, STEP_FSCONFIG, STEP_FSMOUNT, STEP_MOVE, STEP_VERIFY, STEP_READ,
    STEP_CLONE, STEP_SETGID, STEP_SETUID, STEP_SLOT,
};

#endif
