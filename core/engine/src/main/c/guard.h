/*
 * What the files of the guard share. The guard is one thread; everything global here belongs to it and is copied into each child by fork.
 */
#ifndef CAISSON_GUARD_H
#define CAISSON_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "protocol.h"
#include "sys.h"

#define SLOT_EMPTY (-1)
#define SLOT_PASSED_OVER (-2) /* an OPTIONAL op that was to fill it failed */
#define AGAIN (-1)            /* an undo op that has to be run again later */
#define PASSED_OVER (-2)

/* ---- plan.c: nothing of a plan is touched before it was checked as a whole ---- */
struct plan_facts {
    uint64_t engine_slots;          /* used by the child lists */
    uint64_t kept[MAX_SLOTS / 64];  /* local slots used by REPORT and UNDO */
    bool keeps, waits_for_go, waits_for_guard, about_child, continues, silently;
};
static inline unsigned plan_count(const uint8_t *base, unsigned list) {
    return ((const struct plan *)base)->list[list].count;
}
const uint8_t *map_plan(int fd, uint32_t *size); /* launch.c; NULL unless it is sealed */
bool farewell_take(int fd); /* farewell.c; takes the descriptor */
void farewell_run(void);
void farewell_orphaned(void);
bool plan_check(const uint8_t *base, size_t size, struct plan_facts *facts);
bool plan_continues(const uint8_t *base, const struct plan_facts *facts, const uint8_t *first);
void plan_op_slots(const struct op *op, bool *slot_in, bool *slot2_in, bool *slot_out);
const struct op *plan_op(const uint8_t *base, unsigned list, unsigned index);
bool plan_about_child(const struct op *op);
/* N of an option "\x01key=N" of OP_FSMOUNT; -1 if it is another or malformed. */
long plan_option_slot(const char *option);

/* ---- ops.c: one op ---- */
struct context {
    const uint8_t *base;
    int *local;         /* local slots, plan.slots of them */
    int channel;        /* child: to the guard */
    int cgroup;         /* guard: of OPF_INTO, -1 if none */
    bool join_late;     /* child: clone3 was not there to put it into that */
    bool other_pids;    /* guard: after OP_PID_NAMESPACE */
    pid_t child;        /* guard: for the ops about it, after the clone */
    uint8_t *read;      /* guard: where OP_READ puts its bytes */
    size_t read_size;
    uint16_t step;      /* of a failure */
    const char *blamed; /* NULL: the op's own s */
    char text[sizeof((struct failure *)0)->path];
};
extern int engine_slots[MAX_ENGINE_SLOTS];
int slot_fd(const struct context *c, uint16_t slot);
void slot_fill(struct context *c, uint16_t slot, int fd);
int op_run(struct context *c, unsigned list, const struct op *op); /* 0, an errno, AGAIN or PASSED_OVER */
void op_failure(const struct context *c, unsigned list, unsigned index, int error, struct failure *f);
int fail(struct context *c, enum op_step step, const char *blamed); /* errno, with the step and the path it is about */
static inline const char *string(const struct context *c, struct bytes b) {
    return b.size ? (const char *)c->base + b.offset : "";
}

typedef int op_function(struct context *c, const struct op *op);
op_function op_cgroup_make, op_write, op_pid_namespace, op_device_filter, op_read, op_send, op_unlink; /* guard_ops.c */
struct stat;
bool parent_remember(uint16_t slot, const char *path, const struct stat *is);                          /* parents.c */
int parent_remove(struct context *c, const struct op *op);
op_function op_id_maps;                                                                                /* admit.c */
op_function op_cgroup_kill, op_cgroup_remove;                                                          /* cgroup.c */
op_function op_fsmount, op_open_tree, op_open_root, op_mount_attr, op_root, op_attach, op_pivot;       /* mounts.c */
op_function op_mkdir, op_mknod, op_symlink, op_file, op_chdir;                                         /* tree.c */
op_function op_rlimit, op_umask, op_groups, op_ids, op_securebits, op_cap_bounding, op_caps;           /* identity.c */
op_function op_cap_ambient, op_no_new_privs, op_seccomp, op_dumpable, op_landlock;
op_function op_setns, op_unshare, op_hostname, op_domainname, op_keyring, op_loopback_up;              /* namespaces.c */
op_function op_terminal, op_send_fd, op_controlling, op_dup, op_setsid;                                /* terminal.c */
op_function op_wait_go, op_signals, op_close, op_sched, op_exec;                                       /* exec.c */
op_function op_continue;                                                                               /* continue.c */
op_function op_init;                                                                                   /* reaper.c */
op_function op_gate, op_hook;                                                                          /* hook.c */
char **string_array(const char *list, size_t size);                                                    /* exec.c */

/* ---- tree.c ---- */
extern mode_t file_mask; /* the umask, if it is known to be 0; else not 0 */
int tree_open(int root, const char *path, uint64_t flags);
bool tree_plain(const char *name); /* one name that leads nowhere else */
int tree_mkdir(int dir, const char *name, mode_t mode);
int tree_mkfile(int dir, const char *name);
int tree_make(struct context *c, int root, const struct op *op, const char *path, uid_t uid, gid_t gid, bool as_file);

/* ---- detach.c, spool.c: launches that outlive their engine ---- */
struct detached {
    int out[2];       /* read ends of stdout and stderr */
    int spool;
    int held[MAX_HELD]; /* of whatever is to live as long as this */
    unsigned holds;
    bool reading[2];
    bool ended, over; /* EXITED sent; gone, and not forgotten */
    uint64_t used, limit, lost; /* bytes of the spool; of output that did not get there */
    uint8_t *exited;  /* of the last end, as it was sent; NULL while there is none */
    size_t exited_size;
    struct recipe *recipe; /* NULL if it cannot be launched again */
};
extern bool orphan; /* no engine, but launches that outlive it */

/* ---- again.c: detached launches that are launched again ---- */
struct recipe {
    int *fds;       /* the plan, the mount namespace, what fills the plan's slots */
    unsigned count;
    uint64_t numbers, pauses; /* a, b of RECIPE */
    uint64_t at, next; /* when it is launched by itself, ns; 0: it is not; its numbers then */
};

/* ---- tasks.c: the table of launches ---- */
enum phase { IDLE, KILLING, UNDOING };
struct task {
    uint32_t id;
    pid_t pid;           /* 0: no process (any more) */
    uint8_t used, phase;
    bool failed, went, continues, continued; /* FAILED sent; GO sent, or none needed; ends in OP_CONTINUE; CONTINUE sent */
    bool want_running, killed; /* killed as a tree */
    int channel, pidfd;
    int mounts;          /* its mount namespace, so that its exit need not take it down; -1 if it is not kept */
    const uint8_t *base; /* the plan; mapped until GONE */
    uint32_t size;
    int *kept;           /* descriptors that REPORT and UNDO ops use; NULL if there are none */
    uint16_t op, prepare_failed; /* next op of the phase; index of the PREPARE op that failed, 0xffff if none */
    uint16_t undo_failures;
    struct failure *failures;
    uint32_t pause;      /* ms until the next try */
    uint64_t started, deadline, retry_at; /* ns, CLOCK_MONOTONIC */
    struct detached *detached;            /* NULL unless it outlives its engine */
};
void recipe_free(struct recipe *recipe);
unsigned recipe_take(struct task *task, const int *fds, unsigned count, uint64_t numbers, uint64_t pauses);
unsigned recipe_exchange(struct task *task, int fd);
void recipe_numbers(struct task *task, uint64_t numbers, uint64_t pauses);
unsigned again(struct task *task, uint64_t numbers, uint64_t pauses);
void again_later(struct task *task);
void again_tick(void);
int again_timeout(void);
unsigned detach_listen(int fd); /* 0, or enum refusal */
unsigned detach_begin(struct task *task, const int *fds, unsigned count, uint64_t limit);
void detach_free(struct task *task);
void detach_forget(struct task *task);
void detach_forget_all(void);
void detach_exited(struct task *task, const void *exited, size_t size);
bool detach_gone(struct task *task);
bool detach_orphaned(void);
bool detach_over(void);
void detach_visit(void);
void detach_visitor(unsigned index);
void spool_begin(struct task *task);
void spool_stop(struct detached *d, unsigned stream);
void spool_read(uint64_t index);
void spool_drain(struct task *task);
struct task *task_new(uint32_t id);
struct task *task_by_id(uint32_t id);
struct task *task_by_pid(pid_t pid);
struct task *task_at(unsigned index);
unsigned task_index(const struct task *task);
unsigned task_count(void);
struct task *task_next(struct task *after); /* NULL begins and ends */
void task_free(struct task *task);
void task_renew(struct task *task);
uint64_t now_ns(void);

extern struct outcome { pid_t pid; int status; bool failed; } last_outcome; /* of the launch that ended last */

/* ---- launch.c, admit.c, child.c, undo.c, report.c ---- */
bool admit(struct task *task, struct context *c);
void launch(uint32_t id, int *fds, unsigned count);
void launch_task(struct task *task, const uint8_t *base, uint32_t size, const struct plan_facts *facts, const int *fds);
void launch_continue(uint32_t id, int *fds, unsigned count);
_Noreturn void child_run(struct context *c, unsigned list);
_Noreturn void child_main(struct context *c, const struct plan_facts *facts);
int close_all_but(int *keep, int count); /* and 0-2; sorts keep */
void channel_read(struct task *task);
void channel_close(struct task *task);
void task_exited(struct task *task, int status, const void *rusage);
void task_kill_tree(struct task *task);
void undo_begin(struct task *task);
void undo_tick(void);
int undo_timeout(void);

/* ---- serve.c, control.c, outbox.c ---- */
extern bool closing; /* no engine any more: the last launch ends the guard */
_Noreturn void guard_main(int stub_done, bool within);
_Noreturn void stub_main(bool within, bool outside);
int plan_main(int argc, char **argv);
int show_kernel_files(void);
extern bool shown;
void open_loop(void);
void loop(bool until_last);
void watch(int fd, uint64_t kind, uint64_t index);
void unwatch(int fd);
void close_down(void);
extern int control; /* -1: nobody hears us */
void control_read(void);
void control_lost(void);
void outbox_flush(void);
void outbox_drop(void);
bool outbox_pending(void);
void reap(void);
void send_message(unsigned type, uint32_t id, uint64_t a, uint64_t b, const void *more, size_t size, int fd);
void send_failed(uint32_t id, const struct failure *f);
_Noreturn void start_failed(unsigned step, const char *what);

/* ---- confine.c ---- */
_Noreturn void confine_main(void);

/* ---- worker.c ---- */
_Noreturn void hold_main(void); /* reaper.c */
_Noreturn void hook_main(char **argv); /* hook.c */
_Noreturn void worker_main(void);
_Noreturn void successor_main(void);
_Noreturn void enter_main(void);
void become_root(void);

enum watched { WATCH_CONTROL, WATCH_JVM, WATCH_CHILDREN, WATCH_CHANNEL, WATCH_LISTENER, WATCH_VISITOR, WATCH_OUTPUT };
extern int self_pidfd, loop_fd;
extern bool signals_default; /* all dispositions are, here and in every child: nothing of ours sets one */

#endif
