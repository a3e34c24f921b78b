package dev.caisson;

import java.time.Duration;

/**
 * A process of a container, as proc(5) shows it.
 *
 * @param pid on the host
 * @param innerPid in the container's PID namespace
 * @param parent its parent's pid on the host
 * @param uid real user id on the host
 * @param state {@code R} running, {@code S} sleeping, {@code D} waiting for the kernel, {@code T} stopped, {@code Z} dead and not waited for
 * @param cpuTime user and system time
 * @param memoryBytes resident
 * @param command its argument vector, or its name in brackets
 */
public record ProcessInfo(long pid, long innerPid, long parent, long uid, char state, Duration cpuTime, long memoryBytes, String command) {}
