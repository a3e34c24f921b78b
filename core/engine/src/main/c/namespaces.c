/*
 * Namespaces of the child, and the small things that live in them.
 */
#include <linux/keyctl.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "guard.h"

int op_setns(struct context *c, const struct op *op) {
    if (op->s.size == 0)
        return syscall(__NR_setns, slot_fd(c, op->slot), (int)op->a) < 0 ? fail(c, STEP_ONLY, NULL) : 0;
    int namespace = openat(slot_fd(c, op->slot), string(c, op->s), O_RDONLY | O_CLOEXEC);
    if (namespace < 0 || syscall(__NR_setns, namespace, (int)op->a) < 0)
        return fail(c, STEP_ONLY, string(c, op->s));
    close(namespace);
    return 0;
}

int op_unshare(struct context *c, const struct op *op) {
    return syscall(__NR_unshare, op->a) < 0 ? fail(c, STEP_ONLY, NULL) : 0;
}

int op_hostname(struct context *c, const struct op *op) {
    return syscall(__NR_sethostname, string(c, op->s), op->s.size) < 0 ? fail(c, STEP_ONLY, NULL) : 0;
}

int op_domainname(struct context *c, const struct op *op) {
    return syscall(__NR_setdomainname, string(c, op->s), op->s.size) < 0 ? fail(c, STEP_ONLY, NULL) : 0;
}

/* No name asks for an anonymous keyring. */
int op_keyring(struct context *c, const struct op *op) {
    const char *name = op->s.size ? string(c, op->s) : NULL;
    return syscall(__NR_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name) < 0 ? fail(c, STEP_ONLY, NULL) : 0;
}

/* Any socket does for the interface ioctls; a unix one is the cheapest to make and exists without IPv4. */
int op_loopback_up(struct context *c, const struct op *op) {
    (void)op;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    memcpy(request.ifr_name, "lo", 3);
    request.ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(c, STEP_OPEN, "lo");
    int error = ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? fail(c, STEP_ATTRIBUTE, "lo") : 0;
    close(fd);
    return error;
}
