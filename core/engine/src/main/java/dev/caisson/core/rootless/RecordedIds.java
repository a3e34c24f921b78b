package dev.caisson.core.rootless;

import dev.caisson.EngineProblem;
import dev.caisson.InvalidSpec;
import dev.caisson.Stage;
import dev.caisson.UserNamespace.Mapped;
import dev.caisson.UserNamespace.Range;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * {@code ROOT/ids}: to whom an ordinary user's engines give the files of layers and volumes below that root. With other subordinate ids, or none, they would be
 * nobody's in every container, and not even the user could remove them.
 */
public final class RecordedIds {
    private static final String FILE = "ids";

    private RecordedIds() {}

    /**
     * Records them, or sees that they are what they were. A range may have grown.
     *
     * @throws EngineProblem if there are files of ids that are not his any more, or mean others inside
     */
    public static void require(Path root, IdMaps ids, String user) {
        Path file = root.resolve(FILE);
        try {
            Optional<Mapped> recorded = read(file);
            if (recorded.isPresent() && !covers(ids.maps(), recorded.get()) && holdsFiles(root)) {
                throw refusal(root, recorded.get(), ids, user);
            }
            if (ids.subordinate() && !recorded.equals(Optional.of(ids.maps()))) {
                Path temporary = Files.createTempFile(root, FILE, ".tmp");
                Files.writeString(temporary, text(ids.maps()));
                Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            throw new EngineProblem(Stage.VALIDATE, "could not see whose files are below " + root + ": " + e, "use a writable Engine.builder().root(…)", e);
        }
    }

    private static EngineProblem refusal(Path root, Mapped recorded, IdMaps ids, String user) {
        String lines = "'" + lines(recorded.users(), user) + "' in /etc/subuid and '" + lines(recorded.groups(), user) + "' in /etc/subgid";
        String why = ids.without().isEmpty() ? "containers of this JVM have others" : ids.without();
        String back = "give them back, before any other of this user's: " + lines + (ids.without().isEmpty() ? "" : ", and see that newuidmap and newgidmap may map them");
        return new EngineProblem(Stage.VALIDATE, "the root directory " + root + " holds images or volumes with files of subordinate ids that this user had, " + lines + ": " + why,
                back + "; or begin anew with another Engine.builder().root(…), and remove that one as root: rm -rf " + root);
    }

    private static String lines(List<Range> ranges, String user) {
        return String.join("', '", ranges.stream().skip(1).map(r -> user + ":" + r.outside() + ":" + r.size()).toList());
    }

    /** Layers and volumes; what dead containers left is no loss. */
    private static boolean holdsFiles(Path root) throws IOException {
        List<Path> places = new ArrayList<>(List.of(root.resolve("volumes")));
        if (Files.isDirectory(root.resolve("layers"))) {
            try (Stream<Path> drivers = Files.list(root.resolve("layers"))) {
                drivers.forEach(places::add);
            }
        }
        for (Path place : places) {
            if (Files.isDirectory(place)) {
                try (Stream<Path> all = Files.list(place)) {
                    int least = place.endsWith("volumes") ? 1 : 64;
                    if (all.anyMatch(p -> Files.isDirectory(p) && !p.getFileName().toString().startsWith(".") && p.getFileName().toString().length() >= least)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** Whether each id that the one has is the same in the other. */
    static boolean covers(Mapped now, Mapped then) {
        return covers(now.users(), then.users()) && covers(now.groups(), then.groups());
    }

    private static boolean covers(List<Range> now, List<Range> then) {
        for (Range range : then) {
            for (long at = 0; at < range.size(); ) {
                long inside = range.inside() + at;
                long outside = range.outside() + at;
                Range holding = now.stream().filter(r -> r.inside() <= inside && inside < r.inside() + r.size()).findFirst().orElse(null);
                if (holding == null || holding.outside() + inside - holding.inside() != outside) {
                    return false;
                }
                at = holding.inside() + holding.size() - range.inside();
            }
        }
        return true;
    }

    static String text(Mapped maps) {
        StringBuilder text = new StringBuilder();
        maps.users().forEach(r -> line(text, 'u', r));
        maps.groups().forEach(r -> line(text, 'g', r));
        return text.toString();
    }

    private static void line(StringBuilder text, char kind, Range range) {
        text.append(kind).append(' ').append(range.inside()).append(' ').append(range.outside()).append(' ').append(range.size()).append('\n');
    }

    private static Optional<Mapped> read(Path file) throws IOException {
        try {
            return parse(Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Empty if it is not what {@link #text} writes: such a file is written anew. */
    static Optional<Mapped> parse(String text) {
        List<Range> users = new ArrayList<>();
        List<Range> groups = new ArrayList<>();
        try {
            for (String line : text.split("\n")) {
                if (!line.matches("[ug]( [0-9]{1,10}){3}")) {
                    return Optional.empty();
                }
                String[] word = line.split(" ");
                (word[0].equals("u") ? users : groups).add(new Range(Long.parseLong(word[1]), Long.parseLong(word[2]), Long.parseLong(word[3])));
            }
            return Optional.of(new Mapped(users, groups));
        } catch (InvalidSpec e) {
            return Optional.empty();
        }
    }
}
