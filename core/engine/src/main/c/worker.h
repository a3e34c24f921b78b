/*
 * The worker's protocol: system calls of a JVM that is an ordinary user, made by a process that is root of a user namespace. WorkerHeaderTest compares it with
 * the Java side.
 *
 *   [ JVM: core/linux Worker ]            [ worker: in a user and a mount namespace of its own ]
 *   posix_spawn ------------------------> close_range, unshare(CLONE_NEWUSER)
 *                     <---- answer          0, or the error of unshare
 *   one byte, when the maps are written -> root of them, unshare(CLONE_NEWNS)
 *                     <---- answer          0, or the error of that
 *   call + bytes (+fds) ----------------> syscall(number, ...)
 *                     <---- answer + bytes (+fd)
 *   EOF on the socket or the JVM's pidfd: exit.
 *
 * Its successor, if somebody kills it, is where it was; descriptors from 6 on say where that is:
 *   posix_spawn ------------------------> setns(user), setns(mnt), chroot, fchdir
 *                     <---- answer          0, or the error of that
 *   calls as above
 *
 * One call, one answer, in order. Descriptors ride on the records (SCM_RIGHTS), in the order of the arguments they stand for. The worker decides nothing: it may
 * do what its user may do by himself in a user namespace of his own. Only the calls listed in worker.c are made.
 */
#ifndef CAISSON_WORKER_H
#define CAISSON_WORKER_H

#include <stdint.h>

enum worker_kind {
    KIND_VALUE,   /* as it is */
    KIND_FD,      /* the next descriptor of the record */
    KIND_IN,      /* a pointer into the record's bytes: offset */
    KIND_OUT,     /* a pointer into the answer's bytes: offset */
    KIND_FD_PATH, /* a path that begins with the magic link of the next descriptor; offset of what follows it, as a string */
};

enum worker_flags {
    CALL_GIVES_FD = 1,       /* the result is a descriptor, which rides on the answer */
    CALL_GIVES_LENGTH = 2,   /* only so many of the answer's bytes are sent as the result says */
};

struct worker_call {
    uint32_t number; /* of the system call, on this architecture */
    uint32_t flags;
    uint32_t in;     /* bytes that follow; the last of them is zero */
    uint32_t out;    /* bytes the answer has room for */
    uint8_t kind[8]; /* enum worker_kind of each argument; two to spare */
    uint64_t value[6];
};

struct worker_answer {
    int64_t result; /* or a negative errno; bytes follow unless it is one */
};

#define WORKER_BYTES 81920 /* the largest extended attribute (64 KiB) and four paths */
#define WORKER_FDS 6

/* Beside FD_CONTROL, FD_JVM and FD_USERNS (protocol.h), what a successor begins with. */
#define FD_MNTNS 7 /* the mount namespace */
#define FD_ROOT 8  /* its root */
#define FD_CWD 9   /* its working directory */

#endif
