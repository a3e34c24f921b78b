#define _GNU_SOURCE
#include "observer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command *const tables[] = {identity_commands, file_commands, attack_commands, matrix_commands, load_commands};

static void escaped(const char *text, int is_key) {
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p < ' ' || *p >= 127 || *p == '\\' || (is_key && *p == '='))
            printf("\\%03o", *p);
        else
            putchar(*p);
    }
}

void say(const char *key, const char *format, ...) {
    char *value;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&value, format, arguments) < 0)
        die("vasprintf");
    va_end(arguments);
    escaped(key, 1);
    putchar('=');
    escaped(value, 0);
    putchar('\n');
    free(value);
}

const char *error_name(int error) {
    static char unknown[16];
    const char *name = strerrorname_np(error);
    if (name)
        return name;
    snprintf(unknown, sizeof unknown, "%d", error);
    return unknown;
}

long attempt(const char *key, long rc) {
    int error = errno;
    say(key, "%s", rc >= 0 ? "ok" : error_name(error));
    errno = error;
    return rc;
}

long attempt_at(const char *prefix, const char *name, long rc) {
    char key[4096 + 64];
    int error = errno;
    snprintf(key, sizeof key, "%s.%s", prefix, name);
    errno = error;
    return attempt(key, rc);
}

const char *status_field(const char *name) {
    static char line[4096];
    size_t length = strlen(name);
    FILE *status = fopen("/proc/self/status", "re");
    while (status && fgets(line, sizeof line, status)) {
        if (!strncmp(line, name, length) && line[length] == ':') {
            fclose(status);
            line[strcspn(line, "\n")] = 0;
            return line + length + 1 + strspn(line + length + 1, " \t");
        }
    }
    if (status)
        fclose(status);
    return "";
}

void die(const char *what) {
    fprintf(stderr, "observer: %s: %s\n", what, strerror(errno));
    exit(125);
}

long number(const char *text) {
    char *end;
    errno = 0;
    long value = strtol(text, &end, 0);
    if (errno || *end || end == text) {
        fprintf(stderr, "observer: '%s' is not a number\n", text);
        exit(125);
    }
    return value;
}

static int usage(void) {
    fprintf(stderr, "usage: observer COMMAND [OPERAND...] [+ COMMAND [OPERAND...]]...\n");
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const struct command *c = tables[i]; c->name; c++)
            fprintf(stderr, "  %-16s %s\n", c->name, c->usage);
    return 125;
}

static int run(int argc, char **argv) {
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const struct command *c = tables[i]; c->name; c++)
            if (!strcmp(c->name, argv[0]) && argc - 1 >= c->min_operands)
                return c->run(argc, argv);
    return usage();
}

int main(int argc, char **argv) {
    int start = 1;
    /* As a link named after a command (true, cat, ...), it is that command. */
    const char *name = strrchr(argv[0], '/');
    name = name ? name + 1 : argv[0];
    if (strstr(name, "observer") == NULL) {
        argv[0] = (char *)name;
        start = 0;
    } else if (argc < 2) {
        return usage();
    }
    int status = 0;
    while (start < argc) {
        int end = start;
        while (end < argc && strcmp(argv[end], "+"))
            end++;
        if (end == start)
            return usage();
        argv[end] = NULL;
        status = run(end - start, argv + start);
        if (fflush(stdout))
            die("stdout");
        if (status != KEEP_GOING)
            return status;
        start = end + 1;
    }
    return 0;
}
