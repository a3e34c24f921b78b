/*
 * Cgroups that lead to one outside the engine's own (cgroupsPath of an OCI bundle). Those that were there belong to others; those that a launch made are remembered, for
 * whichever launch leaves them last.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "guard.h"

struct parent {
    struct parent *next;
    uint16_t slot;
    char path[];
};

static struct parent *made;

static struct parent **find(uint16_t slot, const char *path) {
    struct parent **at = &made;
    while (*at && ((*at)->slot != slot || strcmp((*at)->path, path)))
        at = &(*at)->next;
    return at;
}

/* What was made is remembered, or not made. */
bool parent_remember(uint16_t slot, const char *path) {
    size_t size = strlen(path) + 1;
    struct parent *parent = malloc(sizeof *parent + size);
    if (parent == NULL)
        return false;
    parent->slot = slot;
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
    if (unlinkat(slot_fd(c, op->slot), parent->path, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return errno == EBUSY || errno == ENOTEMPTY ? 0 : fail(c, STEP_ONLY, NULL);
    *at = parent->next;
    free(parent);
    return 0;
}
