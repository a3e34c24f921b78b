/*
 * Cgroups that lead to one outside the engine's own (cgroupsPath of an OCI bundle). Those that were there belong to others; those that a launch made are remembered, for
 * whichever launch leaves them last. One that others have removed, and perhaps made again, is theirs.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "guard.h"

struct parent {
    struct parent *next;
    uint16_t slot;
    ino_t number; /* the kernel gives it once: a path that others have made again has another */
    char path[];
};

static struct parent *made;

static struct parent **find(uint16_t slot, const char *path) {
    struct parent **at = &made;
    while (*at && ((*at)->slot != slot || strcmp((*at)->path, path)))
        at = &(*at)->next;
    return at;
}

static void forget(struct parent **at) {
    struct parent *parent = *at;
    *at = parent->next;
    free(parent);
}

/* What was made is remembered, or not made. */
bool parent_remember(uint16_t slot, const char *path, const struct stat *is) {
    size_t size = strlen(path) + 1;
    struct parent *parent = malloc(sizeof *parent + size), **before = find(slot, path);
    if (parent == NULL)
        return false;
    if (*before)
        forget(before); /* others have removed it */
    parent->slot = slot;
    parent->number = is->st_ino;
    memcpy(parent->path, path, size);
    parent->next = made;
    made = parent;
    return true;
}

/* Busy is who is still inside; he removes it. */
int parent_remove(struct context *c, const struct op *op) {
    struct parent **at = find(op->slot, string(c, op->s)), *parent = *at;
    if (parent == NULL)
        return 0;
    struct stat is;
    bool ours = fstatat(slot_fd(c, op->slot), parent->path, &is, AT_SYMLINK_NOFOLLOW) == 0 && is.st_ino == parent->number;
    if (ours && unlinkat(slot_fd(c, op->slot), parent->path, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return errno == EBUSY || errno == ENOTEMPTY ? 0 : fail(c, STEP_ONLY, NULL);
    forget(at);
    return 0;
}
