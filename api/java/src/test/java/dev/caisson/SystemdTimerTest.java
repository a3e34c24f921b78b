package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Units of systemd, which its own tools take. */
class SystemdTimerTest {
    private static final Path ANALYZE = Path.of("/usr/bin/systemd-analyze");

    private static String analyze(String... arguments) throws Exception {
        assumeTrue(Files.isExecutable(ANALYZE), "systemd-analyze of Debian's package systemd");
        List<String> command = new java.util.ArrayList<>(List.of(ANALYZE.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), command + "\n" + output);
        return output;
    }

    @ParameterizedTest
    @ValueSource(strings = {"0 3 * * *", "*/15 8-18 * * mon-fri", "5,35 0 1 1,7 *", "0 12 13 * fri", "0 0 29 2 *", "30 4 */10 * *", "17 * * * 0", "@weekly"})
    void systemdMeansTheSameTime(String expression) throws Exception {
        ZoneId utc = ZoneId.of("UTC");
        Instant from = Instant.parse("2027-01-15T10:20:30Z");
        Instant earliest = null;
        for (String line : Schedule.cron(expression).zone(utc).systemd("t", "/bin/true").timer().lines().filter(l -> l.startsWith("OnCalendar=")).toList()) {
            String calendar = line.substring("OnCalendar=".length());
            String said = analyze("calendar", "--base-time=2027-01-15 10:20:30 UTC", calendar);
            String next = said.lines().map(String::strip).filter(l -> l.startsWith("(in UTC):") || l.startsWith("Next elapse:") && l.endsWith("UTC")).reduce((a, b) -> b).orElseThrow();
            String[] words = next.substring(next.indexOf(':') + 1).strip().replaceFirst("^UTC\\): ", "").split(" ");
            Instant instant = Instant.parse(words[words.length - 3] + "T" + words[words.length - 2] + "Z");
            earliest = earliest == null || instant.isBefore(earliest) ? instant : earliest;
        }
        assertEquals(Schedule.cron(expression).zone(utc).next(from, from).orElseThrow(), earliest);
    }

    @Test
    void systemdTakesTheUnits(@TempDir Path directory) throws Exception {
        Schedule.cron("0 3 * * 1-5").zone(ZoneId.of("Europe/Berlin")).systemd("caisson-nightly", "/bin/echo", "50 % \"of\" $HOME\\", "").write(directory);
        Schedule.every(Duration.ofMillis(90_500)).systemd("caisson-often", "/bin/true").write(directory);
        for (String unit : List.of("caisson-nightly.timer", "caisson-often.timer")) {
            String said = analyze("verify", "--man=no", directory.resolve(unit).toString());
            assertTrue(said.lines().noneMatch(l -> l.contains("caisson-")), said);
        }
        String timer = Files.readString(directory.resolve("caisson-nightly.timer"));
        assertTrue(timer.contains("OnCalendar=Mon,Tue,Wed,Thu,Fri *-*-* 03:00:00 Europe/Berlin\n") && timer.contains("Persistent=true\n"), timer);
        String service = Files.readString(directory.resolve("caisson-nightly.service"));
        assertTrue(service.contains("ExecStart=\"/bin/echo\" \"50 %% \\\"of\\\" $$HOME\\\\\" \"\"\n"), service);
        assertTrue(Files.readString(directory.resolve("caisson-often.timer")).contains("OnActiveSec=90s 500ms\nOnUnitActiveSec=90s 500ms\n"));
    }

    @Test
    void whatSystemdHasNoWordsForIsRefused() {
        Schedule daily = Schedule.cron("@daily");
        assertThrows(InvalidSpec.class, () -> daily.overlap(Schedule.Overlap.QUEUE).systemd("a", "/bin/true"));
        assertThrows(InvalidSpec.class, () -> daily.missed(Schedule.Missed.ALL).systemd("a", "/bin/true"));
        assertThrows(InvalidSpec.class, () -> daily.zone(ZoneId.of("+02:00")).systemd("a", "/bin/true"));
        assertThrows(InvalidSpec.class, () -> daily.systemd("a b", "/bin/true"));
        assertThrows(InvalidSpec.class, () -> daily.systemd("a", "true"));
        assertThrows(InvalidSpec.class, () -> daily.systemd("a"));
    }
}
