/* How the compiler lays out protocol.h: "plan" prints the plan on standard input field by field, "exited" and "failure" write what the guard would send. */
#include "protocol.h"

#include <stdio.h>
#include <string.h>

static unsigned char input[1 << 16];

static void print_bytes(struct bytes where) {
    printf(" '%.*s'", (int)where.size, (char *)input + where.offset);
}

static int print_plan(void) {
    if (fread(input, 1, sizeof input, stdin) < sizeof(struct plan))
        return 1;
    const struct plan *plan = (const struct plan *)input;
    printf("%d %d %#x %#llx %u %u\n", plan->magic == PLAN_MAGIC, plan->version == PROTOCOL_VERSION, plan->flags, (unsigned long long)plan->clone_flags,
           plan->slots, plan->fds);
    for (int list = 0; list < LISTS; list++) {
        const struct op *op = (const struct op *)(input + plan->list[list].offset);
        for (unsigned i = 0; i < plan->list[list].count; i++, op++) {
            printf("%d %u %u %u %u %llu %llu %llu", list, op->code, op->slot, op->slot2, op->flags, (unsigned long long)op->a, (unsigned long long)op->b,
                   (unsigned long long)op->c);
            print_bytes(op->s);
            print_bytes(op->t);
            print_bytes(op->u);
            putchar('\n');
        }
    }
    return 0;
}

static int write_exited(void) {
    struct exited exited = {.status = 9, .pid = 5, .user_usec = 7000000, .system_usec = 500000, .max_rss_kib = 1234, .elapsed_nsec = 8000000001, .reports = 2};
    struct report first = {.op = 3, .size = 5}, second = {.op = 4, .size = 0};
    fwrite(&exited, sizeof exited, 1, stdout);
    fwrite(&first, sizeof first, 1, stdout);
    fwrite("12345\0\0", 8, 1, stdout);
    return fwrite(&second, sizeof second, 1, stdout) != 1;
}

static int write_failure(void) {
    struct failure failure = {.list = LIST_CHILD, .op = 258, .code = OP_EXEC, .detail = STEP_FSMOUNT, .error = 13};
    strcpy(failure.path, "/bin/x");
    return fwrite(&failure, sizeof failure, 1, stdout) != 1;
}

int main(int count, char **words) {
    if (count == 2 && strcmp(words[1], "plan") == 0)
        return print_plan();
    if (count == 2 && strcmp(words[1], "exited") == 0)
        return write_exited();
    if (count == 2 && strcmp(words[1], "failure") == 0)
        return write_failure();
    printf("message %zu\nfailure %zu\npath %zu\n", sizeof(struct message), sizeof(struct failure), sizeof(((struct failure *)0)->path));
    return 0;
}
