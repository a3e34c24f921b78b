package dev.caisson.core.engine;

import java.time.Duration;

/** What a container used, as its cgroups and its first process tell. @param peakMemory bytes */
record Usage(Duration cpuTime, long peakMemory, boolean oomKilled) {
}
