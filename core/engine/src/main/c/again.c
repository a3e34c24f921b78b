/*
 * Detached launches that are launched again: at the engine's word, or, while there is no engine, by the numbers that the last one has left. Each launch gets copies of
 * what came with RECIPE. Its mounts are attached in a mount namespace that nobody is in: only there can they be copied by somebody who has not made them.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "guard.h"

#define MILLISECOND 1000000ull

/* protocol.h: RECIPE and AGAIN. */
#define WHEN(numbers) ((numbers)&3u)
#define PAUSE(numbers) ((numbers) >> 2 & 0x3fffffffu)
#define LEFT(numbers) ((numbers) >> 32)
#define FIRST(pauses) ((pauses)&0xffffu)
#define LONGEST(pauses) ((pauses) >> 16 & 0xffffffu)
#define STEADY(pauses) ((pauses) >> 40)

void recipe_free(struct recipe *recipe) {
    if (recipe == NULL)
        return;
    for (unsigned i = 0; i < recipe->count; i++)
        close(recipe->fds[i]);
    free(recipe->fds);
    free(recipe);
}

/* The plan, checked and mapped; NULL if it is none that we can launch alone. */
static const uint8_t *plan_of(int memfd, unsigned fds, struct plan_facts *facts, uint32_t *size) {
    const uint8_t *base = map_plan(memfd, size);
    if (base && (!plan_check(base, *size, facts) || plan_count(base, LIST_CHILD) == 0 || facts->waits_for_go || facts->continues || ((const struct plan *)base)->fds != fds)) {
        munmap((void *)(uintptr_t)base, *size);
        return NULL;
    }
    return base;
}

void recipe_numbers(struct task *task, uint64_t numbers, uint64_t pauses) {
    struct recipe *recipe = task && task->detached ? task->detached->recipe : NULL;
    if (recipe) {
        recipe->numbers = numbers;
        recipe->pauses = pauses;
    }
}

/* fds: the plan, the mount namespace, what fills the plan's slots. Takes them if it returns 0. */
unsigned recipe_take(struct task *task, const int *fds, unsigned count, uint64_t numbers, uint64_t pauses) {
    struct plan_facts facts;
    uint32_t size = 0;
    if (task->detached == NULL)
        return REFUSED_ID;
    if (count < 2 || count - 2 > MAX_FDS)
        return REFUSED_FDS;
    const uint8_t *base = plan_of(fds[0], count - 2, &facts, &size);
    if (base == NULL)
        return REFUSED_PLAN;
    munmap((void *)(uintptr_t)base, size);
    struct recipe *recipe = calloc(1, sizeof *recipe);
    if (recipe == NULL || (recipe->fds = malloc(count * sizeof *fds)) == NULL) {
        free(recipe);
        return REFUSED_BUSY;
    }
    memcpy(recipe->fds, fds, count * sizeof *fds);
    recipe->count = count;
    recipe_free(task->detached->recipe);
    task->detached->recipe = recipe;
    recipe_numbers(task, numbers, pauses);
    return 0;
}

/* Its plan alone is exchanged. Takes the descriptor if it returns 0. */
unsigned recipe_exchange(struct task *task, int fd) {
    struct recipe *recipe = task->detached ? task->detached->recipe : NULL;
    struct plan_facts facts;
    uint32_t size = 0;
    if (recipe == NULL)
        return REFUSED_FDS;
    const uint8_t *base = plan_of(fd, recipe->count - 2, &facts, &size);
    if (base == NULL)
        return REFUSED_PLAN;
    munmap((void *)(uintptr_t)base, size);
    close(recipe->fds[0]);
    recipe->fds[0] = fd;
    return 0;
}

/* Those that the child attaches. */
static void find_mounts(const uint8_t *base, bool mounts[MAX_FDS]) {
    const struct plan *plan = (const struct plan *)base;
    for (unsigned list = LIST_PREFIX; list <= LIST_CHILD; list++) {
        for (unsigned i = 0; i < plan->list[list].count; i++) {
            const struct op *op = plan_op(base, list, i);
            if ((op->code == OP_ROOT || op->code == OP_ATTACH) && op->slot >= plan->first && op->slot - plan->first < plan->fds)
                mounts[op->slot - plan->first] = true;
        }
    }
}

static void close_copies(const int *copies, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        if (copies[i] >= 0)
            close(copies[i]);
    }
}

/* In a child that shares our descriptors: it goes to that namespace, which leads nobody back, and puts copies of the mounts where those of their descriptors are. */
static int copy_mounts(int namespace, const bool *mounts, const int *copies, unsigned count) {
    int status = 0;
    pid_t pid = sys_clone(CLONE_FILES | CLONE_VFORK, SIGCHLD, NULL, -1, NULL);
    if (pid == 0) {
        bool done = syscall(__NR_setns, namespace, CLONE_NEWNS) == 0;
        for (unsigned i = 0; done && i < count; i++) {
            if (!mounts[i])
                continue;
            int copy = (int)syscall(__NR_open_tree, copies[i], "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
            done = copy >= 0 && dup3(copy, copies[i], O_CLOEXEC) >= 0;
            if (copy >= 0)
                close(copy);
        }
        _exit(done ? 0 : errno);
    }
    if (pid < 0)
        return errno;
    while (waitpid(pid, &status, __WALL) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

/* 0, or an errno: then there are none. */
static int copy_all(const struct recipe *recipe, const uint8_t *base, int copies[MAX_FDS]) {
    unsigned count = recipe->count - 2;
    bool mounts[MAX_FDS] = {false};
    int error = 0;
    for (unsigned i = 0; i < count; i++) {
        copies[i] = fcntl(recipe->fds[2 + i], F_DUPFD_CLOEXEC, 3);
        if (copies[i] < 0)
            error = errno;
    }
    find_mounts(base, mounts);
    if (error == 0)
        error = copy_mounts(recipe->fds[1], mounts, copies, count);
    if (error)
        close_copies(copies, count);
    return error;
}

static void start(struct task *task) {
    struct detached *d = task->detached;
    struct plan_facts facts;
    uint32_t size = 0;
    int copies[MAX_FDS], error = ENOMEM;
    d->recipe->at = 0;
    const uint8_t *base = plan_of(d->recipe->fds[0], d->recipe->count - 2, &facts, &size);
    if (base == NULL || (error = copy_all(d->recipe, base, copies)) != 0) {
        struct failure failure = {.list = LIST_PREPARE, .detail = STEP_SLOT, .error = error, .path = "open_tree"};
        d->recipe->numbers &= ~3ull;
        if (base)
            munmap((void *)(uintptr_t)base, size);
        send_failed(task->id, &failure);
        send_message(MSG_GONE, task->id, 0, 0, NULL, 0, -1);
        return;
    }
    task_renew(task);
    d->over = d->ended = false;
    if (orphan)
        spool_begin(task);
    launch_task(task, base, size, &facts, copies);
}

/* At the engine's word: 0, or enum refusal. */
unsigned again(struct task *task, uint64_t numbers, uint64_t pauses) {
    if (task == NULL || task->detached == NULL || task->detached->recipe == NULL)
        return REFUSED_ID;
    if (!task->detached->over)
        return REFUSED_BUSY;
    recipe_numbers(task, numbers, pauses);
    start(task);
    return 0;
}

/* It is over, and there is no engine. */
void again_later(struct task *task) {
    struct recipe *r = task->detached->recipe;
    const struct exited *end = (const struct exited *)task->detached->exited;
    if (r == NULL || LEFT(r->numbers) == 0 || WHEN(r->numbers) == AGAIN_NEVER || (WHEN(r->numbers) == AGAIN_FAILED && end->status == 0))
        return;
    uint64_t pause = PAUSE(r->numbers) * 2;
    if (pause == 0 || end->elapsed_nsec / MILLISECOND >= STEADY(r->pauses))
        pause = FIRST(r->pauses);
    else if (pause > LONGEST(r->pauses))
        pause = LONGEST(r->pauses);
    r->next = (LEFT(r->numbers) - 1) << 32 | pause << 2 | WHEN(r->numbers);
    r->at = now_ns() + pause * MILLISECOND;
}

static struct recipe *waiting(struct task *task) {
    struct recipe *recipe = task->detached ? task->detached->recipe : NULL;
    return recipe && recipe->at ? recipe : NULL;
}

void again_tick(void) {
    for (struct task *task = NULL; orphan && (task = task_next(task));) {
        struct recipe *recipe = waiting(task);
        if (recipe && now_ns() >= recipe->at) {
            recipe->numbers = recipe->next;
            start(task);
        }
    }
}

/* ms until the next one; -1 if there is none. */
int again_timeout(void) {
    uint64_t first = UINT64_MAX, now;
    for (struct task *task = NULL; orphan && (task = task_next(task));) {
        struct recipe *recipe = waiting(task);
        if (recipe && recipe->at < first)
            first = recipe->at;
    }
    if (first == UINT64_MAX)
        return -1;
    now = now_ns();
    return first <= now ? 0 : (int)((first - now) / MILLISECOND) + 1;
}
