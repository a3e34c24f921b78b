/* Of floor.c: cgroups, one in each of the hierarchies an engine limits, measures or kills by, below our own. */
#ifndef FLOOR_CGROUPS_H
#define FLOOR_CGROUPS_H

#define GROUPS 5

static const char *hierarchies[GROUPS] = {"memory", "pids", "devices", "freezer", ""};
static int parents[GROUPS] = {-1, -1, -1, -1, -1};

static void find_groups(void) {
    char line[4096];
    FILE *own = fopen("/proc/self/cgroup", "re");
    while (own && fgets(line, sizeof line, own)) {
        char path[8192], *controllers = strchr(line, ':') + 1, *at = strchr(controllers, ':');
        *at++ = 0;
        at[strcspn(at, "\n")] = 0;
        for (int i = 0; i < GROUPS; i++) {
            if (strcmp(controllers, hierarchies[i]))
                continue;
            snprintf(path, sizeof path, "/sys/fs/cgroup/%s%s", *controllers ? controllers : "unified", at);
            parents[i] = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        }
    }
    if (own)
        fclose(own);
}

static void groups(const char *name, bool make) {
    for (int i = 0; i < GROUPS; i++) {
        if (parents[i] >= 0 && make)
            must(mkdirat(parents[i], name, 0755), "mkdir of a cgroup");
        for (int tries = 0; parents[i] >= 0 && !make && unlinkat(parents[i], name, AT_REMOVEDIR) < 0 && errno == EBUSY && tries < 100; tries++)
            usleep(1000);
    }
}

static void join(const char *name) {
    char path[64];
    for (int i = 0; i < GROUPS; i++) {
        snprintf(path, sizeof path, "%s/%s", name, *hierarchies[i] ? "tasks" : "cgroup.procs");
        int tasks = parents[i] < 0 ? -1 : openat(parents[i], path, O_WRONLY | O_CLOEXEC);
        if (tasks >= 0 && write(tasks, "0", 1) != 1)
            die(path);
        if (tasks >= 0)
            close(tasks);
    }
}

#endif
