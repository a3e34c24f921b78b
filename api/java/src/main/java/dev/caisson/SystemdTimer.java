package dev.caisson;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A schedule as systemd units.
 *
 * @param name without suffix
 * @param timer the text of {@code NAME.timer}
 * @param service the text of {@code NAME.service}
 */
public record SystemdTimer(String name, String timer, String service) {
    private static final List<String> WEEKDAYS = List.of("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat");

    /**
     * Writes both into a directory, such as {@code /etc/systemd/system}; {@code systemctl enable --now NAME.timer} starts it.
     *
     * @param directory one that is there; files of these names are replaced
     * @throws EngineProblem if that fails
     */
    public void write(Path directory) {
        try {
            Files.writeString(directory.resolve(name + ".timer"), timer);
            Files.writeString(directory.resolve(name + ".service"), service);
        } catch (IOException e) {
            throw new EngineProblem(Stage.VALIDATE, "could not write the units of " + name + " to " + directory + ": " + e, "give a directory that can be written", e);
        }
    }

    static SystemdTimer of(String name, List<String> when, boolean persistent, String about, List<String> program) {
        if (!name.matches("[a-zA-Z0-9:_.-]{1,200}")) {
            throw new InvalidSpec("systemd(\"" + name + "\", …)", "is no name of a unit: letters, digits, ':', '_', '.', '-'", "");
        }
        if (program.isEmpty() || !program.get(0).startsWith("/")) {
            throw new InvalidSpec("systemd(\"" + name + "\", …)", "names no program by an absolute path", "such as \"/usr/bin/java\", \"-jar\", \"/opt/backup.jar\"");
        }
        String timer = "[Unit]\nDescription=" + escaped(about) + "\n\n[Timer]\n" + String.join("\n", when) + "\nAccuracySec=1s\n" + (persistent ? "Persistent=true\n" : "")
                + "Unit=" + name + ".service\n\n[Install]\nWantedBy=timers.target\n";
        String service = "[Unit]\nDescription=" + escaped(about) + "\n\n[Service]\nType=oneshot\nDelegate=yes\nExecStart="
                + program.stream().map(SystemdTimer::quoted).collect(Collectors.joining(" ")) + "\n";
        return new SystemdTimer(name, timer, service);
    }

    /** A percent sign begins a specifier (systemd.unit(5)). */
    private static String escaped(String text) {
        return text.replace("%", "%%").replace('\n', ' ');
    }

    /** As systemd.service(5) unquotes it: C escapes, and no variables. */
    private static String quoted(String word) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : word.toCharArray()) {
            switch (c) {
                case '"', '\\' -> quoted.append('\\').append(c);
                case '%' -> quoted.append("%%");
                case '$' -> quoted.append("$$");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\0' -> throw new InvalidSpec("systemd(…)", "has an argument with a NUL character", "");
                default -> quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }

    static List<String> interval(Duration interval) {
        String span = interval.toSeconds() + "s" + (interval.toMillisPart() == 0 ? "" : " " + interval.toMillisPart() + "ms");
        return List.of("OnActiveSec=" + span, "OnUnitActiveSec=" + span);
    }

    /** systemd.time(7). If either day field is enough, that is two lines, of which either is enough. */
    static List<String> calendar(Cron cron, ZoneId zone) {
        List<String> lines = new ArrayList<>();
        String time = " " + list(cron.hours(), 24) + ":" + list(cron.minutes(), 60) + ":00 " + (zone.getId().equals("Z") ? "UTC" : zone.getId());
        if (zone.normalized() instanceof java.time.ZoneOffset && !zone.getId().matches("[A-Za-z/_]+")) {
            throw new InvalidSpec("systemd(…)", "cannot say the zone " + zone + ": systemd takes names of the time-zone database", "zone(ZoneId.of(\"Etc/GMT-2\")), or a city's");
        }
        String month = "*-" + list(cron.months(), 12) + "-";
        String weekdays = cron.weekdays().numbers().size() == 7 ? "" : cron.weekdays().numbers().stream().map(WEEKDAYS::get).collect(Collectors.joining(",")) + " ";
        if (cron.either()) {
            lines.add("OnCalendar=" + month + list(cron.days(), 31) + time);
            lines.add("OnCalendar=" + weekdays + month + "*" + time);
        } else {
            lines.add("OnCalendar=" + weekdays + month + list(cron.days(), 31) + time);
        }
        return lines;
    }

    private static String list(CronField field, int all) {
        List<Integer> numbers = field.numbers();
        return numbers.size() == all ? "*" : numbers.stream().map(n -> String.format(java.util.Locale.ROOT, "%02d", n)).collect(Collectors.joining(","));
    }
}
