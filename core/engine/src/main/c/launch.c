/*
 * One launch in the guard: map and check the plan, prepare, clone, and give up what was the child's.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "guard.h"

#define FEW 4 /* launches whose mounts we take down; more do it themselves, side by side */
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static int local_slots[MAX_SLOTS];

static void close_all(int *fds, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
}

/* A plan that could still change or shrink would be a SIGBUS, or a check that no longer holds. */
const uint8_t *map_plan(int fd, uint32_t *size) {
    struct stat s;
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &s) < 0 || s.st_size < (off_t)sizeof(struct plan) || s.st_size > PLAN_MAX)
        return NULL;
    void *base = mmap(NULL, (size_t)s.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (base == MAP_FAILED)
        return NULL;
    *size = (uint32_t)s.st_size;
    return base;
}

static void launch_failed(struct task *task, const struct failure *f) {
    task->failed = last_outcome.failed = true;
    send_failed(task->id, f);
    undo_begin(task);
}

/* Descriptors that REPORT and UNDO ops use stay with the task, the others are closed. */
static bool keep_slots(struct task *task, const struct plan_facts *facts, unsigned slots) {
    if (facts->keeps && (task->kept = malloc(slots * sizeof *task->kept)) == NULL)
        return false;
    for (unsigned i = 0; i < slots; i++) {
        if (!facts->keeps)
            continue;
        bool keep = facts->kept[i / 64] >> (i % 64) & 1;
        task->kept[i] = keep ? local_slots[i] : SLOT_EMPTY;
        if (keep)
            local_slots[i] = SLOT_EMPTY;
    }
    return true;
}

/* Packets, so that a record is read whole; two-way only where GO or CONTINUE has to come back. */
static bool open_channel(const struct plan_facts *facts, int ends[2]) {
    if (facts->waits_for_go || facts->waits_for_guard || facts->continues)
        return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0;
    return pipe2(ends, O_CLOEXEC | O_DIRECT) == 0;
}

static void started(struct task *task) {
    if (task->pidfd >= 0) {
        send_message(MSG_STARTED, task->id, (uint64_t)task->pid, 0, NULL, 0, task->pidfd);
        close(task->pidfd);
        task->pidfd = -1;
    }
}

/* The clone itself: 0, or the errno of *call. */
static int clone_child(struct task *task, struct context *c, const struct plan_facts *facts, const char **call) {
    const struct plan *plan = (const struct plan *)task->base;
    int ends[2];
    *call = "fsmount";
    if ((plan->clone_flags & CLONE_NEWUSER) && getpid() == 1 && (errno = show_kernel_files()) != 0)
        return errno;
    *call = "pipe2";
    if (!open_channel(facts, ends))
        return errno;
    *call = "clone3";
    c->channel = ends[1];
    task->started = now_ns();
    bool wanted = plan->flags & F_WANT_PIDFD, mounts = (plan->clone_flags & CLONE_NEWNS) && (wanted || task_count() <= FEW);
    pid_t pid = sys_clone(plan->clone_flags, SIGCHLD, wanted || mounts ? &task->pidfd : NULL, c->cgroup, &c->join_late);
    if (pid == 0)
        child_main(c, facts);
    int error = pid < 0 ? errno : 0;
    close(ends[1]);
    if (error) {
        close(ends[0]);
        return error;
    }
    task->pid = pid;
    task->channel = ends[0];
    if (mounts)
        task->mounts = ioctl(task->pidfd, PIDFD_GET_MNT_NAMESPACE, 0); /* Linux 6.11 */
    if (!wanted && task->pidfd >= 0) {
        close(task->pidfd);
        task->pidfd = -1;
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    /* Later children are no business of this plan's secrets, and their clone need not copy its mapping. */
    madvise((void *)(uintptr_t)task->base, task->size, MADV_DONTFORK);
    task->continues = facts->continues;
    task->want_running = plan->flags & F_WANT_RUNNING;
    bool waits = facts->waits_for_go || (facts->continues && !facts->silently);
    if (waits || (task->want_running && !facts->continues))
        watch(task->channel, WATCH_CHANNEL, task_index(task));
    if (!waits)
        started(task);
    return 0;
}

static void run(struct task *task, const struct plan_facts *facts) {
    const struct plan *plan = (const struct plan *)task->base;
    struct context c = {.base = task->base, .local = local_slots, .channel = -1, .cgroup = -1};
    struct failure failure;
    const char *call;
    unsigned index = 0, count = plan->list[LIST_PREPARE].count;
    int error = 0;
    for (; index < count && error == 0; index++) {
        const struct op *op = plan_op(task->base, LIST_PREPARE, index);
        error = plan_about_child(op) ? 0 : op_run(&c, LIST_PREPARE, op);
    }
    if (error) {
        task->prepare_failed = (uint16_t)--index;
        op_failure(&c, LIST_PREPARE, index, error, &failure);
    } else if ((error = clone_child(task, &c, facts, &call)) != 0) {
        memset(&failure, 0, sizeof failure);
        failure.list = LIST_PREPARE;
        failure.op = (uint16_t)count;
        failure.detail = STEP_CLONE;
        failure.error = error;
        strcpy(failure.path, call);
    }
    if (c.other_pids)
        syscall(__NR_setns, self_pidfd, CLONE_NEWPID);
    if (error == 0 && facts->waits_for_guard && !admit(task, &c))
        kill(task->pid, SIGKILL);
    if (c.cgroup >= 0)
        close(c.cgroup);
    if (!keep_slots(task, facts, plan->slots) && error == 0)
        kill(task->pid, SIGKILL); /* no memory to keep what its undo needs */
    close_all(local_slots, plan->slots);
    if (error)
        launch_failed(task, &failure);
}

/* Takes the plan, which was checked, and the descriptors that it wants. */
void launch_task(struct task *task, const uint8_t *base, uint32_t size, const struct plan_facts *facts, const int *fds) {
    const struct plan *plan = (const struct plan *)base;
    task->base = base;
    task->size = size;
    task->went = !facts->waits_for_go;
    for (unsigned i = 0; i < plan->slots; i++)
        local_slots[i] = SLOT_EMPTY;
    for (unsigned i = 0; i < plan->fds; i++)
        local_slots[plan->first + i] = fds[i];
    run(task, facts);
}

/* fds[0] is the plan; takes all of them. */
void launch(uint32_t id, int *fds, unsigned count) {
    struct plan_facts facts;
    uint32_t size = 0;
    struct task *task = NULL;
    unsigned refusal = 0;
    const uint8_t *base = map_plan(fds[0], &size);
    if (task_by_id(id))
        refusal = REFUSED_ID;
    else if (base == NULL || !plan_check(base, size, &facts) || plan_count(base, LIST_CHILD) == 0)
        refusal = REFUSED_PLAN;
    else if (((const struct plan *)base)->fds != count - 1)
        refusal = REFUSED_FDS;
    else if (closing || (task = task_new(id)) == NULL)
        refusal = REFUSED_BUSY;
    close(fds[0]);
    if (refusal) {
        if (base)
            munmap((void *)(uintptr_t)base, size);
        close_all(fds + 1, count - 1);
        send_message(MSG_REFUSED, id, refusal, MSG_LAUNCH, NULL, 0, -1);
        return;
    }
    launch_task(task, base, size, &facts, fds + 1);
}

void channel_close(struct task *task) {
    if (task->channel >= 0) {
        unwatch(task->channel); /* a copy in a child would keep the registration alive */
        close(task->channel);
        task->channel = -1;
    }
}

/* What the child said: a failure, one byte at OP_WAIT_GO or OP_CONTINUE, or its end, which is the exec (or a death before it). */
void channel_read(struct task *task) {
    struct failure failure;
    while (task->channel >= 0) {
        ssize_t size = read(task->channel, &failure, sizeof failure);
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (size == 1) {
            started(task);
            continue;
        }
        channel_close(task);
        if (size == (ssize_t)sizeof failure) {
            failure.path[sizeof failure.path - 1] = 0;
            task->failed = true;
            send_failed(task->id, &failure);
        } else if (task->went && task->continued == task->continues && task->want_running) {
            send_message(MSG_RUNNING, task->id, 0, 0, NULL, 0, -1);
        }
    }
}
