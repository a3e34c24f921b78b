/** Between a container's pipes and who wants its output: read on the poller thread, kept in memory or handed to a log driver line by line. */
@org.jspecify.annotations.NullMarked
package dev.caisson.core.streams;
