package dev.caisson.logging.jsonfile;

import dev.caisson.InvalidSpec;
import dev.caisson.LoggingProblem;
import dev.caisson.Stage;
import dev.caisson.linux.Errno;
import dev.caisson.linux.SyscallException;
import dev.caisson.logging.attributes.Attributes;
import dev.caisson.logging.file.HumanSize;
import dev.caisson.logging.file.LogFiles;
import dev.caisson.logging.file.RotatingFile;
import dev.caisson.logging.tag.TagTemplate;
import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.OptionSpec.Type;
import dev.caisson.spi.Options;
import dev.caisson.spi.logging.LogDriver;
import dev.caisson.spi.logging.LogProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/**
 * Docker's {@code json-file}, the default. The context's root is the directory of the one container's log: it goes with the
 * container.
 */
public final class JsonFileProvider implements LogProvider {
    static final String NAME = "json-file";
    private static final String SUFFIX = "-json.log";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int priority() {
        return 100;
    }

    @Override
    public Availability probe(DriverContext context) {
        return Availability.yes();
    }

    @Override
    public List<OptionSpec> options() {
        List<OptionSpec> options = new ArrayList<>(List.of(
                new OptionSpec("max-size", Type.SIZE, "-1", "bytes in a log file before it is rotated, such as 10m (powers of 1000); -1 for no limit"),
                new OptionSpec("max-file", Type.INTEGER, "1", "log files kept, the one being written included; needs max-size"),
                new OptionSpec("compress", Type.BOOLEAN, "false", "whether rotated files are compressed by gzip; needs max-size and max-file of 2 or more"),
                TagTemplate.option("")));
        options.addAll(Attributes.OPTIONS);
        return List.copyOf(options);
    }

    @Override
    public LogDriver open(DriverContext context, Options options) {
        long maxSize = maxSize(options);
        check(options, maxSize);
        SortedMap<String, String> attributes = Attributes.of(options, context.subject());
        String tag = TagTemplate.parse(options.text("tag")).render(context.subject());
        if (!tag.isEmpty()) {
            attributes.put("tag", tag);
        }
        try {
            LogFiles files = LogFiles.in(context.root(), context.subject().id() + SUFFIX);
            RotatingFile file = new RotatingFile(files, maxSize, (int) options.number("max-file"), options.flag("compress"));
            return new JsonFileDriver(files, file, attributes);
        } catch (SyscallException e) {
            throw new LoggingProblem(Stage.LOGS, "opening the log of container " + context.subject().id() + " in " + context.root() + ": "
                    + e.getMessage(), remedy(e), e);
        }
    }

    private static String remedy(SyscallException e) {
        return e.is(Errno.ENOSPC, Errno.EDQUOT) ? "free space on that file system"
                : e.is(Errno.ELOOP, Errno.EINVAL) ? "something other than a log lies at that name: remove it" : "";
    }

    private static long maxSize(Options options) {
        String text = options.text("max-size").strip();
        return text.equals("-1") ? -1 : HumanSize.parse(text);
    }

    /** What docker refuses, all at once. */
    private static void check(Options options, long maxSize) {
        List<InvalidSpec.Problem> problems = new ArrayList<>();
        long maxFile = options.number("max-file");
        if (maxSize == 0) {
            problems.add(new InvalidSpec.Problem("json-file option max-size=" + options.text("max-size"), "must be a positive number", "e.g. 10m"));
        }
        if (maxFile < 1 || maxFile > 100_000) {
            problems.add(new InvalidSpec.Problem("json-file option max-file=" + maxFile, "must be from 1 to 100000", "e.g. 3"));
        }
        if (options.flag("compress") && (maxFile < 2 || maxSize == -1)) {
            problems.add(new InvalidSpec.Problem("json-file option compress=true",
                    "cannot be true when max-file is less than 2 or max-size is not set", "add e.g. max-size=10m and max-file=3"));
        }
        if (!problems.isEmpty()) {
            throw new InvalidSpec(problems);
        }
    }
}
