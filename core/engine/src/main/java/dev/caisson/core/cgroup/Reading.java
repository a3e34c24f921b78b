package dev.caisson.core.cgroup;

import java.nio.charset.StandardCharsets;

/** A file that tells what a container used. */
enum Reading {
    PEAK_V1("memory.max_usage_in_bytes"),
    OOM_V1("memory.oom_control"),
    MEMORY_V1("memory.usage_in_bytes"),
    CPU_V1("cpuacct.usage"),
    PEAK("memory.peak"),
    OOM("memory.events"),
    MEMORY("memory.current"),
    CPU("cpu.stat"),
    PIDS_REFUSED("pids.events"),
    PIDS("pids.current");

    /** What a long surely holds. */
    private static final int DIGITS = 18;

    private final String file;

    Reading(String file) {
        this.file = file;
    }

    String file() {
        return file;
    }

    /** Whether this hierarchy has it; v1's cpu controller has a cpu.stat too, of throttling only. */
    boolean in(CgroupSlots.Slot slot) {
        return slot.has(file) && (this != CPU || slot.hierarchy().unified());
    }

    /** Whether it says something after the end; the others are of the living. */
    boolean atEnd() {
        return this != MEMORY_V1 && this != MEMORY && this != PIDS;
    }

    /** A file of one number, or -1. */
    static long number(byte[] content) {
        return number(new String(content, StandardCharsets.US_ASCII).strip());
    }

    private static long number(String text) {
        long value = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = value * 10 + c - '0';
        }
        return text.isEmpty() || text.length() > DIGITS ? -1 : value;
    }

    /** The number after a key in a file of lines "key number", or -1. */
    static long keyed(byte[] content, String key) {
        for (String line : new String(content, StandardCharsets.US_ASCII).split("\n")) {
            if (line.startsWith(key + " ")) {
                return number(line.substring(key.length() + 1).strip());
            }
        }
        return -1;
    }
}
