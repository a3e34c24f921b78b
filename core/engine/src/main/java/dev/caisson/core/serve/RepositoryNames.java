package dev.caisson.core.serve;

import dev.caisson.ImageProblem;
import dev.caisson.core.image.ImageReference;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a registry calls what an engine calls {@code docker.io/library/nginx} or {@code registry.example.org:5000/app}. A repository's name is read as people write
 * references, so docker.io need not be said; a port's colon, which no repository may have, is two underscores.
 */
final class RepositoryNames {
    private static final Pattern WITH_PORT = Pattern.compile("([^/]+)__([0-9]{1,5})(/.+)");
    private static final Pattern DOMAIN = Pattern.compile("[a-z0-9.-]+(:[0-9]{1,5})?");
    private static final String HUB = "docker.io";
    private static final int LONGEST = 255;

    private RepositoryNames() {}

    /** The repository of a name without tag; empty where none can be called so: of IPv6 addresses and hosts with capitals. */
    static Optional<String> repository(ImageReference name) {
        if (!DOMAIN.matcher(name.domain()).matches()) {
            return Optional.empty();
        }
        String full = name.domain().replace(":", "__") + "/" + name.path();
        boolean hub = name.domain().equals(HUB) && reference(name.path()).filter(name.name()::equals).isPresent();
        return Optional.of(hub ? name.path() : full).filter(text -> text.length() <= LONGEST && reference(text).filter(name.name()::equals).isPresent());
    }

    /** The name {@code domain/path} that a repository stands for; empty if it can be none. */
    static Optional<String> reference(String repository) {
        Matcher port = WITH_PORT.matcher(repository);
        String text = port.matches() ? port.group(1) + ":" + port.group(2) + port.group(3) : repository;
        try {
            ImageReference parsed = ImageReference.parse(text);
            return parsed.digest() == null ? Optional.of(parsed.name()) : Optional.empty();
        } catch (ImageProblem e) {
            return Optional.empty();
        }
    }
}
