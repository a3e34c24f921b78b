package dev.caisson.core.engine;

import dev.caisson.HostReport.Finding;
import dev.caisson.HostReport.Grade;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.StatFs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What one engine has to go on: the file system of its root directory, and its drivers. */
final class EngineCheck {
    private static final long LITTLE = 1L << 30;

    private EngineCheck() {}

    static List<Finding> findings(Path root, Drivers drivers) {
        List<Finding> findings = new ArrayList<>();
        StatFs fs = FileCalls.statfs(root);
        long free = fs.bavail() * fs.blockSize();
        findings.add(new Finding("root directory", Grade.RECOMMENDED, free >= LITTLE, root + " has " + (free >> 20) + " MiB free (statfs)",
                free >= LITTLE ? "" : "free space there, or use another Engine.builder().root(…)"));
        drivers.availability().forEach((name, answer) -> findings.add(new Finding(name, Grade.OPTIONAL, answer.available(),
                answer.available() ? "works here (its own probe)" : answer.cause(), answer.remedy())));
        findings.addAll(drivers.networkFindings());
        return findings;
    }
}
