/*
 * caisson-observer: says what a container looks like from inside. One static program, nothing else is needed in the root.
 *
 *   observer ids + caps + stat /etc /dev/null       several observations in one process, separated by "+"
 *
 * Output: one "key=value" line each. In both, a byte that is not printable, a backslash, and "=" in a key stand as \ooo (octal).
 * The value of an attempt is "ok" or the name of its errno ("EPERM").
 */
#ifndef OBSERVER_H
#define OBSERVER_H

#include <stddef.h>

/* A sub-command gets its operands (argv[0] is its own name) and returns the exit status, or KEEP_GOING. */
#define KEEP_GOING (-1)
struct command {
    const char *name, *usage;
    int min_operands;
    int (*run)(int argc, char **argv);
};

extern const struct command identity_commands[], file_commands[], attack_commands[], matrix_commands[], load_commands[];

void say(const char *key, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "ok" when rc >= 0, else the name of errno. Returns rc. */
long attempt(const char *key, long rc);
/* As attempt(), the key being "prefix.name". */
long attempt_at(const char *prefix, const char *name, long rc);
const char *error_name(int error);
/* A value of "Name:\t..." in /proc/self/status, or "" when there is no such line. */
const char *status_field(const char *name);
_Noreturn void die(const char *what);
long number(const char *text);

#endif
