package dev.caisson.core.security.seccomp;

/**
 * The system calls that the default policy allows to every container, by what they are for. What stands nowhere here and is not opened by
 * a capability ({@link DefaultPolicy}) is denied: keyrings, io_uring, userfaultfd, swap, kexec, moving pages between nodes, mounting.
 */
final class DefaultSyscalls {
    static final String[] ALLOWED = {
        /* open and name files */ """
        access chdir close close_range creat dup dup2 dup3 faccessat faccessat2 fchdir getcwd link linkat mkdir mkdirat mknod mknodat
        name_to_handle_at open openat openat2 readlink readlinkat rename renameat renameat2 rmdir symlink symlinkat umask unlink unlinkat""",
        /* read and write */ """
        copy_file_range _llseek lseek pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readv sendfile sendfile64 splice tee
        vmsplice write writev""",
        /* size, flush, advise */ """
        arm_fadvise64_64 arm_sync_file_range cachestat fadvise64 fadvise64_64 fallocate fdatasync fsync ftruncate ftruncate64 sync
        sync_file_range syncfs truncate truncate64""",
        /* metadata */ """
        chmod chown chown32 fchmod fchmodat fchmodat2 fchown fchown32 fchownat fstat fstat64 fstatat64 fstatfs fstatfs64 futimesat lchown
        lchown32 lstat lstat64 newfstatat stat stat64 statfs statfs64 statx utime utimensat utimensat_time64 utimes""",
        /* extended attributes */ """
        fgetxattr flistxattr fremovexattr fsetxattr getxattr getxattrat lgetxattr listxattr listxattrat llistxattr lremovexattr lsetxattr
        removexattr removexattrat setxattr setxattrat""",
        /* directories, locks, watches */ """
        fanotify_mark fcntl fcntl64 flock getdents getdents64 inotify_add_watch inotify_init inotify_init1 inotify_rm_watch ioctl""",
        /* look at mounts, restrict oneself */ """
        landlock_add_rule landlock_create_ruleset landlock_restrict_self listmount seccomp statmount""",
        /* wait for descriptors */ """
        epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 _newselect
        pipe pipe2 poll ppoll ppoll_time64 pselect6 pselect6_time64 select""",
        /* asynchronous I/O of the first kind */ """
        io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit""",
        /* sockets; socket itself depends on the address family */ """
        accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 recvmsg send sendmmsg
        sendmsg sendto setsockopt shutdown socketcall socketpair""",
        /* memory */ """
        brk madvise map_shadow_stack memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2 mprotect mremap mseal msync munlock
        munlockall munmap pkey_alloc pkey_free pkey_mprotect process_mrelease remap_file_pages""",
        /* System V and POSIX queues, semaphores, shared memory */ """
        ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl msgget
        msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget""",
        /* processes and threads; clone and clone3 depend on CAP_SYS_ADMIN */ """
        execve execveat exit exit_group fork get_robust_list getpgid getpgrp getpid getppid getsid gettid kill pidfd_open pidfd_send_signal
        prctl process_vm_readv process_vm_writev ptrace rseq set_robust_list set_tid_address setpgid setsid tgkill tkill vfork wait4 waitid
        waitpid""",
        /* the processor's own */ """
        arch_prctl breakpoint cacheflush get_thread_area modify_ldt set_thread_area set_tls uretprobe""",
        /* signals */ """
        pause restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
        rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaltstack signalfd signalfd4 sigprocmask sigreturn""",
        /* futexes and barriers */ """
        futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake membarrier""",
        /* users and groups; the kernel asks for CAP_SETUID, CAP_SETGID */ """
        capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid getresgid32 getresuid getresuid32
        getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setregid setregid32 setresgid
        setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32""",
        /* scheduling and limits */ """
        getcpu getpriority getrlimit getrusage ioprio_get ioprio_set prlimit64 sched_get_priority_max sched_get_priority_min
        sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64
        sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield setpriority setrlimit ugetrlimit""",
        /* clocks and timers; setting the clock takes CAP_SYS_TIME */ """
        adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep
        clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time timer_create timer_delete timer_getoverrun timer_gettime
        timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64
        times""",
        /* about the system */ """
        getrandom sysinfo uname""",
    };

    private DefaultSyscalls() {}
}
