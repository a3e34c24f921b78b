package dev.caisson.network.bridge;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Network parameters of the calling thread's network namespace ({@code /proc/sys/net}, sysctl(8)). */
final class Sysctls {
    private static final Path NET = Path.of("/proc/sys/net");

    private Sysctls() {}

    /** Whether IPv4 packets are forwarded. */
    static boolean forwards() {
        try {
            return Files.readString(NET.resolve("ipv4/ip_forward")).strip().equals("1");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void writeIfThere(String sysctl, String value) {
        if (Files.exists(NET.resolve(sysctl))) {
            write(sysctl, value);
        }
    }

    static void write(String sysctl, String value) {
        try {
            Files.writeString(NET.resolve(sysctl), value);
        } catch (NoSuchFileException e) {
            if (!sysctl.startsWith("ipv6/")) { // a kernel without IPv6 has nothing to switch off
                throw new UncheckedIOException(e);
            }
        } catch (IOException e) {
            throw new NetworkProblem(Stage.NETWORK, "could not write " + value + " to /proc/sys/net/" + sysctl + ": " + e.getMessage(),
                    "make /proc/sys writable for the JVM, or use networkNone() or networkHost()", e);
        }
    }
}
