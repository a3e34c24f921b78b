/*
 * fuzz-plan [PLAN...]: the plan validator under a million mutated plans, of a seed of its own and of those files: it must neither read outside the plan (ASan sees it: the plan ends at the end of its
 * allocation) nor accept what would make later code do so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard.h"

static uint64_t state = 88172645463325252ull;

static uint32_t dice(uint32_t sides) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32) % sides;
}

static uint32_t text_at(uint8_t *plan, uint32_t *end, const char *text, uint32_t size) {
    uint32_t at = *end;
    memcpy(plan + at, text, size);
    plan[at + size] = 0;
    *end = at + size + 1;
    return at;
}

static uint32_t seed(uint8_t plan[4096]) {
    static const uint16_t codes[LISTS][6] = {{OP_CGROUP_MAKE, OP_WRITE, OP_DEVICE_FILTER}, {OP_FSMOUNT, OP_CLOSE, OP_GROUPS},
        {OP_ATTACH, OP_TERMINAL, OP_SECCOMP, OP_WAIT_GO, OP_EXEC}, {OP_READ}, {OP_WRITE, OP_CGROUP_KILL, OP_CGROUP_REMOVE}};
    struct plan *head = (struct plan *)plan;
    memset(plan, 0, 4096);
    uint32_t at = sizeof *head, end = at + 16 * (uint32_t)sizeof(struct op);
    *head = (struct plan){.magic = PLAN_MAGIC, .version = PROTOCOL_VERSION, .slots = 4, .fds = 2};
    for (unsigned list = 0; list < LISTS; list++) {
        head->list[list].offset = at;
        for (unsigned i = 0; i < 6 && codes[list][i]; i++, at += sizeof(struct op)) {
            struct op *op = (struct op *)(plan + at);
            bool options = codes[list][i] == OP_FSMOUNT, elements = options || codes[list][i] == OP_EXEC;
            *op = (struct op){.code = codes[list][i], .slot = (uint16_t)i, .slot2 = SLOT_ENGINE + 1, .a = 3};
            uint32_t size = 8;
            op->s = (struct bytes){text_at(plan, &end, elements && !options ? "/a\0/bcd\0" : "abc/efgh", size), size};
            op->t = (struct bytes){text_at(plan, &end, "\1fd=3\0ro\0", 9), 9};
            op->u = (struct bytes){text_at(plan, &end, "A=b\0", 4), 4};
            head->list[list].count++;
        }
    }
    head->size = end;
    return end;
}

/* What the guard does with an accepted plan: read each string to its end, look into each slot. */
static uint64_t use(const uint8_t *plan) {
    const struct plan *head = (const struct plan *)plan;
    uint64_t sum = 0;
    for (unsigned list = 0; list < LISTS; list++) {
        for (unsigned i = 0; i < head->list[list].count; i++) {
            const struct op *op = plan_op(plan, list, i);
            bool in, in2, out;
            plan_op_slots(op, &in, &in2, &out);
            if ((in || out) && op->slot < SLOT_ENGINE && op->slot >= MAX_SLOTS)
                abort();
            bool ends = op->code == OP_EXEC || op->code == OP_ATTACH || op->code == OP_FSMOUNT || op->code == OP_OPEN_TREE || op->code == OP_WRITE || op->code == OP_CHDIR;
            if (ends && op->s.size && plan[op->s.offset + op->s.size] != 0)
                abort(); /* whoever reads it as a string would read on */
            if (op->code == OP_EXEC || op->code == OP_ATTACH) {
                for (uint32_t at = op->s.offset; op->s.size && at < op->s.offset + op->s.size; at += (uint32_t)strlen((const char *)plan + at) + 1)
                    sum += plan[at];
            }
        }
    }
    return sum;
}

static uint8_t bases[16][65536];
static uint32_t sizes[16], count;

static void load(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || (sizes[count] = (uint32_t)fread(bases[count], 1, sizeof *bases, file)) == 0)
        perror(path), exit(2);
    fclose(file);
    count++;
}

static uint32_t fuzz(const uint8_t *base, uint32_t size) {
    struct plan_facts facts;
    uint32_t accepted = 0, cut = dice(20) ? size : dice(size + 1);
    uint8_t *plan = malloc(cut ? cut : 1);
    memcpy(plan, base, cut);
    for (uint32_t i = dice(4); i > 0 && cut > 0; i--) {
        uint32_t at = dice(2) ? dice(cut) : dice(cut < 300 ? cut : 300);
        plan[at] = (uint8_t)(dice(2) ? dice(256) : dice(2) ? 0xff : 0);
    }
    if (cut >= sizeof(struct plan) && dice(2))
        ((struct plan *)plan)->size = cut;
    if (plan_check(plan, cut, &facts)) {
        accepted = 1;
        use(plan);
    }
    free(plan);
    return accepted;
}

int main(int argc, char **argv) {
    struct plan_facts facts;
    uint32_t accepted = 0, rounds = 1000000;
    sizes[count] = seed(bases[count]);
    count++;
    for (int i = 1; i < argc && count < 16; i++)
        load(argv[i]);
    for (uint32_t i = 0; i < count; i++) {
        if (!plan_check(bases[i], sizes[i], &facts))
            return printf("seed %u itself was refused\n", i), 1;
    }
    for (uint32_t round = 0; round < rounds; round++)
        accepted += fuzz(bases[round % count], sizes[round % count]);
    printf("%u plans of %u seeds, %u accepted\n", rounds, count, accepted);
    return accepted == 0 || accepted == rounds;
}
