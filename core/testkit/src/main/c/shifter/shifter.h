/*
 * caisson-shifter BACKING MOUNT-POINT NAME OTHER
 *
 * A FUSE file system that shows BACKING, but for one name: at chosen lookups it is what lies there under another name. Whoever
 * looks a name up, judges what he found, and looks it up again to use it, finds something else at the second time, without a race.
 *
 * Standard input:  "shift FROM UNTIL\n"   count lookups from 0 again; those numbered FROM (the first is 1) to UNTIL - 1 find OTHER
 *                  "count\n"
 * Standard output: for each line, lookups of NAME so far; the first, "0", says that it is mounted.
 * The end of standard input unmounts.
 */
#ifndef SHIFTER_H
#define SHIFTER_H

#include <linux/fuse.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define BUFFER (1 << 20)

struct shape {
    const char *name, *other;
    unsigned long lookups, from, until;
};

extern struct shape shape;
extern int device;

/* What the backing directory has under a name that was looked up. Counts. */
const char *shape_of(const char *name);

/* An O_PATH descriptor of what a node stands for; -1 and ESTALE if there is none. */
int node_fd(uint64_t id);
/* Fills in the entry of a name in a directory; 0 or -errno. The node has one lookup more. */
int node_enter(int directory, const char *name, struct fuse_entry_out *out);
void node_forget(uint64_t id, uint64_t lookups);
bool nodes_open(const char *root);
void attributes(const struct stat *stat, struct fuse_attr *out);

void answer(uint64_t unique, int error, const void *bytes, size_t size);
/* Serves one request of the kernel; false when the file system is gone. */
bool serve(void);
/* Requests on files that are open; false if it is none. */
bool serve_open_file(const struct fuse_in_header *in, const void *arguments);
bool serve_xattr(const struct fuse_in_header *in, const void *arguments);

#endif
