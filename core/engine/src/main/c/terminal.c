/*
 * The pseudo terminal, made from inside the container's own devpts so that its name and index are the container's.
 */
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "guard.h"

int op_terminal(struct context *c, const struct op *op) {
    struct winsize size = {.ws_row = (unsigned short)(op->b >> 16), .ws_col = (unsigned short)op->b};
    int unlocked = 0, master = sys_openat2(slot_fd(c, op->slot2), "ptmx", O_RDWR | O_NOCTTY, 0, BENEATH);
    if (master < 0)
        return fail(c, STEP_OPEN, "ptmx");
    slot_fill(c, (uint16_t)op->a, master);
    if (ioctl(master, TIOCSPTLCK, &unlocked) < 0)
        return fail(c, STEP_CREATE, "ptmx");
    int terminal = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0)
        return fail(c, STEP_CREATE, "pts");
    slot_fill(c, op->slot, terminal);
    if ((op->b && ioctl(master, TIOCSWINSZ, &size) < 0) || (op->c && fchown(terminal, (uid_t)op->c, (gid_t)-1) < 0))
        return fail(c, STEP_ATTRIBUTE, "pts");
    return 0;
}

int op_send_fd(struct context *c, const struct op *op) {
    char byte = 0;
    union { struct cmsghdr header; char space[CMSG_SPACE(sizeof(int))]; } rights;
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &rights, .msg_controllen = sizeof rights};
    int fd = slot_fd(c, op->slot2);
    memset(&rights, 0, sizeof rights);
    rights.header.cmsg_level = SOL_SOCKET;
    rights.header.cmsg_type = SCM_RIGHTS;
    rights.header.cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(&rights.header), &fd, sizeof fd);
    return sendmsg(slot_fd(c, op->slot), &message, MSG_NOSIGNAL) < 0 ? fail(c, STEP_ONLY, NULL) : 0;
}

int op_setsid(struct context *c, const struct op *op) {
    (void)op;
    return setsid() < 0 ? fail(c, STEP_ONLY, NULL) : 0;
}

int op_controlling(struct context *c, const struct op *op) {
    return ioctl(slot_fd(c, op->slot), TIOCSCTTY, 0) < 0 ? fail(c, STEP_ONLY, NULL) : 0;
}

int op_dup(struct context *c, const struct op *op) {
    return dup2(slot_fd(c, op->slot), (int)op->a) < 0 ? fail(c, STEP_ONLY, NULL) : 0;
}
