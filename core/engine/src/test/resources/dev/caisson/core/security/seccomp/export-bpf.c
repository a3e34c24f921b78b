// What the real libseccomp makes of a rule list: reads it from stdin, writes the filter to stdout.
//   default ACTION | arch AUDIT_ARCH | rule NAME ACTION [INDEX OP VALUE VALUE_TWO]...
// Numbers are hexadecimal, actions SECCOMP_RET_* values, OP is enum scmp_compare. Names it does not know are skipped, as runc does.
#include <errno.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void fail(const char *what, const char *line, int error)
{
	fprintf(stderr, "%s: %s: %s\n", what, line, strerror(-error));
	exit(1);
}

static void add_rule(scmp_filter_ctx filter, char *line)
{
	struct scmp_arg_cmp args[6];
	unsigned count = 0;
	char *name = strtok(line, " ");
	uint32_t action = strtoul(strtok(NULL, " "), NULL, 16);

	for (char *index; (index = strtok(NULL, " ")) && count < 6; count++) {
		args[count].arg = strtoul(index, NULL, 16);
		args[count].op = strtoul(strtok(NULL, " "), NULL, 16);
		args[count].datum_a = strtoull(strtok(NULL, " "), NULL, 16);
		args[count].datum_b = strtoull(strtok(NULL, " "), NULL, 16);
	}
	int number = seccomp_syscall_resolve_name(name);
	if (number == __NR_SCMP_ERROR)
		return;
	int error = seccomp_rule_add_array(filter, action, number, count, args);
	if (error)
		fail("seccomp_rule_add", name, error);
}

int main(void)
{
	char line[4096];
	scmp_filter_ctx filter = NULL;

	seccomp_api_set(6); // every action, whatever this kernel has
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = 0;
		if (!strncmp(line, "default ", 8)) {
			if (!(filter = seccomp_init(strtoul(line + 8, NULL, 16))))
				fail("seccomp_init", line, -EINVAL);
		} else if (!strncmp(line, "arch ", 5)) {
			uint32_t arch = strtoul(line + 5, NULL, 16);
			int error = seccomp_arch_exist(filter, arch) ? seccomp_arch_add(filter, arch) : 0;
			if (error)
				fail("seccomp_arch_add", line, error);
		} else if (!strncmp(line, "only ", 5)) {
			// The architecture of the filter in place of this machine's.
			uint32_t arch = strtoul(line + 5, NULL, 16);
			if (arch != seccomp_arch_native()) {
				seccomp_arch_add(filter, arch);
				seccomp_arch_remove(filter, seccomp_arch_native());
			}
		} else if (!strncmp(line, "rule ", 5)) {
			add_rule(filter, line + 5);
		}
	}
	int error = seccomp_export_bpf(filter, STDOUT_FILENO);
	if (error)
		fail("seccomp_export_bpf", "", error);
	seccomp_release(filter);
	return 0;
}
