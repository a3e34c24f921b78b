#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "shifter.h"

struct shape shape;

const char *shape_of(const char *name) {
    if (strcmp(name, shape.name) != 0)
        return name;
    unsigned long number = ++shape.lookups;
    return number >= shape.from && number < shape.until ? shape.other : name;
}

/* One line; false at the end of the input. It is read byte by byte: one command is one write, and nobody is in a hurry. */
static bool command(void) {
    char line[64];
    size_t size = 0;
    while (size < sizeof line - 1) {
        if (read(STDIN_FILENO, line + size, 1) != 1)
            return false;
        if (line[size] == '\n')
            break;
        size++;
    }
    line[size] = 0;
    unsigned long from, until;
    if (sscanf(line, "shift %lu %lu", &from, &until) == 2)
        shape = (struct shape){shape.name, shape.other, 0, from, until};
    dprintf(STDOUT_FILENO, "%lu\n", shape.lookups);
    return true;
}

int main(int argc, char **argv) {
    char options[128];
    if (argc != 5 || !nodes_open(argv[1]) || (device = open("/dev/fuse", O_RDWR | O_CLOEXEC)) < 0) {
        perror("caisson-shifter BACKING MOUNT-POINT NAME OTHER");
        return 2;
    }
    shape = (struct shape){.name = argv[3], .other = argv[4]};
    umask(0);
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions", device);
    if (mount("caisson-shifter", argv[2], "fuse", 0, options) < 0) {
        perror(argv[2]);
        return 1;
    }
    dprintf(STDOUT_FILENO, "0\n");
    struct pollfd polled[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = device, .events = POLLIN}};
    bool going = true;
    while (going && poll(polled, 2, -1) > 0) {
        if (polled[1].revents)
            going = serve();
        else if (polled[0].revents)
            going = command();
    }
    return umount2(argv[2], MNT_DETACH) < 0 ? 1 : 0;
}
