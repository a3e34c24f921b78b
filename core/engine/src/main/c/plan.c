/*
 * The check of a whole plan before anything of it is done. Everything later may trust offsets, slots and string ends, and the mapping
 * cannot change below it (the memfd is sealed).
 */
#include <string.h>

#include "guard.h"

enum slot_use { NONE, IN, OUT };
enum string_use { NO, PATH, BYTES, LIST, ARRAY };

#define G_PREPARE (1 << LIST_PREPARE)
#define G_REPORT (1 << LIST_REPORT)
#define G_UNDO (1 << LIST_UNDO)
#define CHILD ((1 << LIST_PREFIX) | (1 << LIST_CHILD))

static const struct rule {
    uint8_t lists, slot, slot2, s, t, u, width; /* width of an ARRAY's elements */
} rules[] = {
    [OP_CGROUP_MAKE] = {G_PREPARE, IN, NONE, PATH, NO, NO, 0},
    [OP_WRITE] = {G_PREPARE | G_UNDO | CHILD, IN, NONE, PATH, BYTES, NO, 0},
    [OP_PID_NAMESPACE] = {G_PREPARE, IN, NONE, NO, NO, NO, 0},
    [OP_DEVICE_FILTER] = {G_PREPARE, IN, IN, PATH, NO, NO, 0},
    [OP_READ] = {G_REPORT, IN, NONE, PATH, NO, NO, 0},
    [OP_CGROUP_KILL] = {G_UNDO, IN, NONE, PATH, NO, NO, 0},
    [OP_CGROUP_REMOVE] = {G_UNDO, IN, NONE, PATH, NO, NO, 0},
    [OP_SEND] = {G_PREPARE | G_UNDO, IN, NONE, NO, BYTES, NO, 0},
    [OP_UNLINK] = {G_UNDO, IN, NONE, PATH, NO, NO, 0},
    [OP_ID_MAPS] = {G_PREPARE, NONE, NONE, BYTES, BYTES, NO, 0},
    [OP_SETNS] = {CHILD, IN, NONE, NO, NO, NO, 0},
    [OP_UNSHARE] = {CHILD, NONE, NONE, NO, NO, NO, 0},
    [OP_HOSTNAME] = {CHILD, NONE, NONE, PATH, NO, NO, 0},
    [OP_DOMAINNAME] = {CHILD, NONE, NONE, PATH, NO, NO, 0},
    [OP_KEYRING] = {CHILD, NONE, NONE, PATH, NO, NO, 0},
    [OP_LOOPBACK_UP] = {CHILD, NONE, NONE, NO, NO, NO, 0},
    [OP_WAIT_GO] = {CHILD, NONE, NONE, NO, NO, NO, 0},
    [OP_FSMOUNT] = {CHILD, OUT, NONE, PATH, LIST, NO, 0},
    [OP_OPEN_ROOT] = {CHILD, OUT, NONE, NO, NO, NO, 0},
    [OP_OPEN_TREE] = {CHILD, OUT, IN, PATH, NO, NO, 0},
    [OP_MOUNT_ATTR] = {CHILD, IN, NONE, NO, NO, NO, 0},
    [OP_ROOT] = {CHILD, IN, NONE, NO, NO, NO, 0},
    [OP_ATTACH] = {CHILD, IN, IN, PATH, NO, NO, 0},
    [OP_PIVOT] = {CHILD, IN, NONE, NO, NO, NO, 0},
    [OP_MKDIR] = {CHILD, IN, NONE, PATH, NO, NO, 0},
    [OP_MKNOD] = {CHILD, IN, NONE, PATH, NO, NO, 0},
    [OP_SYMLINK] = {CHILD, IN, NONE, PATH, PATH, NO, 0},
    [OP_FILE] = {CHILD, IN, NONE, PATH, BYTES, NO, 0},
    [OP_RLIMIT] = {CHILD, NONE, NONE, NO, NO, NO, 0},
    [OP_UMASK] = {CHILD, NONE, NONE, NO, NO, NO, 0},
    [OP_SETSID] = {CHILD, NONE, NONE, NO, NO, NO, 0},
    [OP_TERMINAL] = {CHILD, OUT, IN, NO, NO, NO, 0}, /* its second output is slot a */
    [OP_SEND_FD] = {CHILD, IN, IN, NO, NO, NO, 0},
    [OP_CONTROLLING] = {CHILD, IN, NONE, NO, NO, NO, 0},
    [OP_DUP] = {CHILD, IN, NONE, NO, NO, NO, 0},
    [OP_CHDIR] = {CHILD, IN, NONE, PATH, NO, NO, 0},
    [OP_GROUPS] = {CHILD, NONE, NONE, ARRAY, NO, NO, 4},
    [OP_IDS] = {CHILD, NONE, NONE, NO, NO, NO, 0},
    [OP_SECUREBITS] = {CHILD, NONE, NONE, NO, NO, NO, 0},
    [OP_CAP_BOUNDING] = {CHILD, NONE, NONE, NO, NO, NO, 0},
    [OP_CAPS] = {CHILD, NONE, NONE, NO, NO, NO, 0},
    [OP_CAP_AMBIENT] = {CHILD, NONE, NONE, NO, NO, NO, 0},
    [OP_NO_NEW_PRIVS] = {CHILD, NONE, NONE, NO, NO, NO, 0},
    [OP_SECCOMP] = {CHILD, NONE, NONE, ARRAY, NO, NO, 8},
    [OP_DUMPABLE] = {CHILD, NONE, NONE, NO, NO, NO, 0},
    [OP_SIGNALS] = {CHILD, NONE, NONE, NO, NO, NO, 0},
    [OP_CLOSE] = {CHILD, NONE, NONE, ARRAY, NO, NO, 2},
    [OP_INIT] = {CHILD, NONE, NONE, NO, NO, NO, 0},
    [OP_SCHED] = {CHILD, NONE, NONE, NO, NO, NO, 0},
    [OP_LANDLOCK] = {CHILD, IN, NONE, NO, NO, NO, 0},
    [OP_EXEC] = {1 << LIST_CHILD, NONE, NONE, LIST, LIST, LIST, 0},
    [OP_CONTINUE] = {1 << LIST_CHILD, NONE, NONE, NO, NO, NO, 0},
    [OP_GATE] = {1 << LIST_CHILD, IN, NONE, NO, NO, NO, 0},
    [OP_HOOK] = {1 << LIST_CHILD, IN, NONE, PATH, LIST, LIST, 0},
};
#define RULES (sizeof rules / sizeof *rules)
#define ALL_FLAGS (OPF_OPTIONAL | OPF_RECURSIVE | OPF_MAKE_DIR | OPF_MAKE_FILE | OPF_AT_KILL | OPF_INTO | OPF_EXCLUSIVE | OPF_ONLY_AT_KILL | OPF_NOT_PROC | \
     OPF_SAME_MOUNT | OPF_OURS)
#define NAMESPACES                                                                                                            \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME)

struct check {
    const uint8_t *base;
    const struct plan *plan;
    struct plan_facts *facts;
};

const struct op *plan_op(const uint8_t *base, unsigned list, unsigned index) {
    const struct plan *plan = (const struct plan *)base;
    return (const struct op *)(base + plan->list[list].offset) + index;
}

bool plan_about_child(const struct op *op) {
    return op->code == OP_ID_MAPS;
}

void plan_op_slots(const struct op *op, bool *slot_in, bool *slot2_in, bool *slot_out) {
    *slot_in = rules[op->code].slot == IN;
    *slot2_in = rules[op->code].slot2 == IN;
    *slot_out = rules[op->code].slot == OUT;
}

static bool string_ok(const struct check *k, struct bytes b, enum string_use use, unsigned width) {
    if (use == NO || b.size == 0)
        return true; /* never looked at, or "" wherever it is */
    if (b.offset < sizeof(struct plan) || b.offset >= k->plan->size || b.size >= k->plan->size - b.offset)
        return false;
    const uint8_t *start = k->base + b.offset;
    if (start[b.size] != 0)
        return false;
    switch (use) {
    case PATH:
        return memchr(start, 0, b.size) == NULL;
    case LIST: /* every element ends in its own zero byte */
        return start[b.size - 1] == 0;
    case ARRAY:
        return b.size % width == 0; /* on any alignment */
    default:
        return true;
    }
}

static bool slot_ok(const struct check *k, uint16_t slot, enum slot_use use, unsigned list) {
    if (use == NONE)
        return true;
    if (slot < k->plan->slots && slot < MAX_SLOTS) {
        if (list == LIST_REPORT || list == LIST_UNDO) {
            k->facts->kept[slot / 64] |= 1ull << (slot % 64);
            k->facts->keeps = true;
        }
        return true;
    }
    if (use != IN || slot < SLOT_ENGINE || slot >= SLOT_ENGINE + MAX_ENGINE_SLOTS)
        return false;
    if (list == LIST_PREFIX || list == LIST_CHILD)
        k->facts->engine_slots |= 1ull << (slot - SLOT_ENGINE);
    return true;
}

long plan_option_slot(const char *option) {
    const char *value = option[0] == 1 ? strchr(option, '=') : NULL;
    if (value == NULL || value[1] < '0' || value[1] > '9')
        return -1;
    long slot = 0;
    for (const char *digit = value + 1; *digit; digit++) {
        if (*digit < '0' || *digit > '9' || slot > 0xffff)
            return -1;
        slot = slot * 10 + (*digit - '0');
    }
    return slot > 0xffff ? -1 : slot;
}

static bool options_ok(const struct check *k, const struct op *op, unsigned list) {
    const char *option = (const char *)k->base + op->t.offset, *end = option + op->t.size;
    for (; option < end; option += strlen(option) + 1) {
        if (option[0] == 1) {
            long slot = plan_option_slot(option);
            if (slot < 0 || !slot_ok(k, (uint16_t)slot, IN, list))
                return false;
        }
    }
    return true;
}

static bool op_ok(const struct check *k, unsigned list, const struct op *op, bool last) {
    if (op->code >= RULES || !(rules[op->code].lists & (1u << list)) || (op->flags & ~ALL_FLAGS))
        return false;
    const struct rule *rule = &rules[op->code];
    if (!slot_ok(k, op->slot, rule->slot, list) || !slot_ok(k, op->slot2, rule->slot2, list))
        return false;
    if (!string_ok(k, op->s, rule->s, rule->width) || !string_ok(k, op->t, rule->t, 0) || !string_ok(k, op->u, rule->u, 0))
        return false;
    if ((op->flags & (OPF_AT_KILL | OPF_ONLY_AT_KILL)) && list != LIST_UNDO)
        return false;
    if ((op->code == OP_EXEC || op->code == OP_CONTINUE) != (list == LIST_CHILD && last))
        return false;
    switch (op->code) {
    case OP_EXEC:
        return op->s.size > 0 && op->t.size > 0;
    case OP_HOOK: /* milliseconds that a poll(2) can wait for */
        return op->s.size > 0 && op->t.size > 0 && op->a < INT32_MAX;
    case OP_FSMOUNT:
        return options_ok(k, op, list);
    case OP_TERMINAL:
        return op->a < k->plan->slots;
    case OP_DUP:
        return op->a <= 2;
    case OP_READ:
        return op->a <= 4096;
    case OP_CAP_BOUNDING:
        return op->b < 64;
    case OP_IDS: /* (uid_t)-1 would mean "leave it as it is": root */
        return op->a < UINT32_MAX && op->b < UINT32_MAX;
    case OP_ID_MAPS:
        k->facts->about_child = true;
        return true;
    case OP_WAIT_GO:
        if (k->facts->waits_for_go || k->facts->waits_for_guard)
            return false;
        *(op->a == 1 ? &k->facts->waits_for_guard : &k->facts->waits_for_go) = true;
        return true;
    case OP_CONTINUE: /* the last of its list, so the only one */
        k->facts->continues = true;
        k->facts->silently = op->a == 1;
        return true;
    default:
        return true;
    }
}

bool plan_check(const uint8_t *base, size_t size, struct plan_facts *facts) {
    const struct plan *plan = (const struct plan *)base;
    struct check k = {base, plan, facts};
    memset(facts, 0, sizeof *facts);
    if (size < sizeof *plan || size > PLAN_MAX || plan->magic != PLAN_MAGIC || plan->version != PROTOCOL_VERSION || plan->size != size)
        return false;
    if (plan->slots > MAX_SLOTS || plan->fds > plan->slots || plan->first > plan->slots - plan->fds || (plan->clone_flags & ~(uint64_t)NAMESPACES))
        return false;
    if (plan->flags & ~(uint32_t)(F_WANT_PIDFD | F_WANT_RUNNING))
        return false;
    for (unsigned list = 0; list < LISTS; list++) {
        uint32_t offset = plan->list[list].offset, count = plan->list[list].count;
        if (count == 0)
            continue;
        if (offset % 8 || offset < sizeof *plan || offset > size || count > (size - offset) / sizeof(struct op) || count > 0xfffe)
            return false;
        for (unsigned i = 0; i < count; i++) {
            if (!op_ok(&k, list, plan_op(base, list, i), i == count - 1))
                return false;
        }
    }
    return facts->about_child == facts->waits_for_guard;
}

/* What a CONTINUE may bring: nothing that would have to be prepared, cloned, kept or undone. */
bool plan_continues(const uint8_t *base, const struct plan_facts *facts, const uint8_t *first) {
    const struct plan *plan = (const struct plan *)base;
    for (unsigned list = 0; list < LISTS; list++) {
        if ((plan->list[list].count > 0) != (list == LIST_CHILD))
            return false;
    }
    return plan->clone_flags == 0 && plan->slots == ((const struct plan *)first)->slots && facts->engine_slots == 0 && !facts->waits_for_go && !facts->waits_for_guard && !facts->continues &&
           !(plan->flags & F_WANT_PIDFD);
}
