/*
 * The guard without an engine: one plan file, run as an ordinary program, for fuzzing, strace -e inject and profiling.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include "guard.h"

static int sealed_copy(const char *path) {
    char buffer[4096];
    int from = open(path, O_RDONLY | O_CLOEXEC), to = memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    ssize_t size = from < 0 || to < 0 ? -1 : 0;
    while (size >= 0 && (size = read(from, buffer, sizeof buffer)) > 0) {
        if (write(to, buffer, (size_t)size) != size)
            size = -1;
    }
    if (size < 0 || fcntl(to, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
        return -1;
    close(from);
    return to;
}

/* The exit status is the launch's; 124 if the plan was refused, 125 if an op failed. */
int plan_main(int argc, char **argv) {
    int fds[MAX_FDS] = {sealed_copy(argv[2])};
    unsigned count = 1;
    for (int i = 3; i < argc && count < MAX_FDS; i++)
        fds[count++] = open(argv[i], O_PATH | O_CLOEXEC);
    for (int i = 0; i < MAX_ENGINE_SLOTS; i++)
        engine_slots[i] = SLOT_EMPTY;
    open_loop();
    launch(1, fds, count);
    loop(true);
    if (last_outcome.failed)
        return 125;
    if (last_outcome.pid == 0)
        return 124;
    return WIFSIGNALED(last_outcome.status) ? 128 + WTERMSIG(last_outcome.status) : WEXITSTATUS(last_outcome.status);
}
