/** Which user a process in a container is: one parser for run, exec, build and copy. */
@NullMarked
package dev.caisson.core.security.identity;

import org.jspecify.annotations.NullMarked;
