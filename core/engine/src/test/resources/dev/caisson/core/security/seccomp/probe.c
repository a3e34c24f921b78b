// Loads the filter on stdin into itself with prctl(2), then tries each call of the table and writes "name errno" lines.
// What is tried has no effect where it is allowed: bad descriptors and null pointers, or a child that leaves at once.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sock_filter filter[4096];
static char results[8192];
static int used;

static void try(const char *name, long number, long a, long b, long c)
{
	errno = 0;
	long result = syscall(number, a, b, c, 0, 0, 0);
	used += snprintf(results + used, sizeof results - used, "%s %d\n", name, result < 0 ? errno : 0);
}

static void try_clone(long flag)
{
	long child = syscall(SYS_clone, flag | SIGCHLD, 0, 0, 0, 0);

	if (child == 0)
		_exit(0);
	used += snprintf(results + used, sizeof results - used, "clone 0x%lx %d\n", flag, child < 0 ? errno : 0);
	if (child > 0)
		waitpid(child, NULL, 0);
}

#ifdef __x86_64__
static sigjmp_buf without_i386;

static void no_such_gate(int signal)
{
	siglongjmp(without_i386, signal);
}

// int 0x80 takes i386's numbers from a 64-bit program too. A kernel without CONFIG_IA32_EMULATION (or booted with ia32_emulation=0) answers SIGSEGV: as good as ENOSYS.
static void try_i386(const char *name, long number, long a)
{
	volatile long result = -ENOSYS;

	if (sigsetjmp(without_i386, 1) == 0)
		__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(0), "d"(0) : "memory", "r8", "r9", "r10", "r11");
	used += snprintf(results + used, sizeof results - used, "%s %d\n", name, (int)result < 0 ? -(int)result : 0);
}
#endif

int main(void)
{
	size_t bytes = fread(filter, 1, sizeof filter, stdin);
	struct sock_fprog program = {bytes / sizeof *filter, filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("prctl(PR_SET_SECCOMP)");
		return 1;
	}
	try("clone3", SYS_clone3, 0, 0, 0);
	try("unshare", SYS_unshare, CLONE_NEWUSER, 0, 0);
	try("setns", SYS_setns, -1, 0, 0);
	try("AF_ALG", SYS_socket, 38, SOCK_SEQPACKET, 0);
	try("AF_VSOCK", SYS_socket, 40, SOCK_STREAM, 0);
	try("AF_INET", SYS_socket, AF_INET, SOCK_STREAM, 0);
	try("io_uring_setup", SYS_io_uring_setup, 1, 0, 0);
	try("io_uring_enter", SYS_io_uring_enter, -1, 0, 0);
	try("io_uring_register", SYS_io_uring_register, -1, 0, 0);
	try("keyctl", SYS_keyctl, -1, 0, 0);
	try("mount", SYS_mount, 0, 0, 0);
	try("open_by_handle_at", SYS_open_by_handle_at, -1, 0, 0);
	try("bpf", SYS_bpf, -1, 0, 0);
	try("number 9999", 9999, 0, 0, 0);
	try("number -1", -1, 0, 0, 0);
	try("getpid", SYS_getpid, 0, 0, 0);
	for (int bit = 17; bit < 31; bit++) {
		if (1L << bit & 0x7E020000)
			try_clone(1L << bit);
	}
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	used += snprintf(results + used, sizeof results - used, "fork %d\n", child < 0 ? errno : 0);
	waitpid(child, NULL, 0);
#ifdef __x86_64__
	signal(SIGSEGV, no_such_gate);
	try("x32 getpid", 0x40000000 + 39, 0, 0, 0);
	try("x32 unshare", 0x40000000 + SYS_unshare, 0, 0, 0);
	try_i386("i386 getpid", 20, 0);
	try_i386("i386 unshare", 310, CLONE_NEWUSER);
	try_i386("i386 clone3", 435, 0);
	try_i386("i386 socket AF_ALG", 359, 38);
	try_i386("i386 keyctl", 288, -1);
	try_i386("i386 number 9999", 9999, 0);
#endif
	return write(1, results, used) != used;
}
