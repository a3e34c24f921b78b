/**
 * Seccomp policies and their compiler to classic BPF (seccomp(2), kernel Documentation/userspace-api/seccomp_filter.rst).
 *
 * <p>A policy, Docker's profile JSON, an OCI {@code linux.seccomp} object or the engine's own {@link
 * dev.caisson.core.security.seccomp.DefaultPolicy}, becomes a {@link dev.caisson.core.security.seccomp.SeccompProfile} of rules; the
 * {@link dev.caisson.core.security.seccomp.SeccompCompiler} turns those into one decision per system call number and architecture, and
 * the decisions into a balanced search tree. All of it is pure: values in, bytes out.
 */
@NullMarked
package dev.caisson.core.security.seccomp;

import org.jspecify.annotations.NullMarked;
