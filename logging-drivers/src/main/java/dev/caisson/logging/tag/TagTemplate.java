package dev.caisson.logging.tag;

import dev.caisson.InvalidSpec;
import dev.caisson.Nearest;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Subject;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * A log tag such as {@code {{.ImageName}}/{{.Name}}/{{.ID}}}.
 *
 * <p>Of Go's text/template it has actions with trimming, pipelines, parentheses, strings, numbers and fields, and the functions
 * docker gives tags: {@code json split join title lower upper pad truncate}, with {@code index} and {@code len}. Control structures
 * are refused by name. Variables: {@code .ID} and {@code .ImageID} (12 digits), {@code .FullID .ImageFullID .Name .ImageName
 * .DaemonName .Command .Hostname}, and the map {@code .ContainerLabels}.
 */
public final class TagTemplate {
    /** What most drivers use when no tag is given. */
    public static final String DEFAULT = "{{.ID}}";
    private static final int SHORT_ID = 12;

    static final Map<String, Function<Subject, Object>> VARIABLES = new TreeMap<>(Map.of(
            "ID", s -> shortId(s.id()),
            "FullID", Subject::id,
            "Name", Subject::name,
            "ImageID", s -> shortId(s.imageId().substring(s.imageId().indexOf(':') + 1)),
            "ImageFullID", Subject::imageId,
            "ImageName", Subject::imageName,
            "DaemonName", s -> "caisson",
            "Command", s -> String.join(" ", s.command()),
            "Hostname", Subject::hostname,
            "ContainerLabels", Subject::labels));

    private final String text;
    private final List<TagParser.Node> nodes;

    private TagTemplate(String text, List<TagParser.Node> nodes) {
        this.text = text;
        this.nodes = nodes;
    }

    /** The option, for a driver's schema. */
    public static OptionSpec option(String defaultValue) {
        return new OptionSpec("tag", OptionSpec.Type.STRING, defaultValue, "template of the tag, e.g. {{.Name}}/{{.ID}}");
    }

    /**
     * Reads a template.
     *
     * @throws InvalidSpec if it is not one, naming the place and the nearest known word
     */
    public static TagTemplate parse(String text) {
        try {
            return new TagTemplate(text, new TagParser(text).parse());
        } catch (TagException e) {
            throw invalid(text, e);
        }
    }

    /**
     * The tag of one container.
     *
     * @throws InvalidSpec if a function got what it cannot work on
     */
    public String render(Subject subject) {
        StringBuilder out = new StringBuilder();
        try {
            nodes.forEach(node -> out.append(TagFunctions.text(node.value(subject))));
        } catch (TagException e) {
            throw invalid(text, e);
        }
        return out.toString();
    }

    private static InvalidSpec invalid(String text, TagException e) {
        return new InvalidSpec("log option tag=" + text, String.valueOf(e.getMessage()), e.remedy);
    }

    private static String shortId(String id) {
        return id.length() <= SHORT_ID ? id : id.substring(0, SHORT_ID);
    }

    @Override
    public String toString() {
        return text;
    }

    /** What is wrong with a template. */
    static final class TagException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        final String remedy;

        TagException(String why, String remedy) {
            super(why);
            this.remedy = remedy;
        }

        static TagException unknown(String kind, String word, java.util.Collection<String> known) {
            String nearest = Nearest.to(word, known);
            return new TagException("the " + kind + " '" + word + "' is unknown",
                    nearest.isEmpty() ? "known: " + String.join(" ", known) : "did you mean '" + nearest + "'?");
        }
    }
}
