package dev.caisson.core.engine;

import dev.caisson.Engine;
import dev.caisson.HostReport;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.spi.EngineProvider;
import java.nio.file.Path;
import java.util.List;

/** What the API finds by ServiceLoader. */
public final class LocalEngineProvider implements EngineProvider {
    /** For {@link java.util.ServiceLoader}. */
    public LocalEngineProvider() {}

    @Override
    public Engine open(Settings settings) {
        Foundations.require();
        Path root = settings.root().orElseGet(LocalEngineProvider::defaultRoot).toAbsolutePath().normalize();
        Powers powers;
        try {
            powers = Powers.ofThisProcess();
        } catch (UnsupportedOnThisHost e) {
            return new LandlockEngine(root, e);
        }
        return new LocalEngine(settings, root, powers);
    }

    private static Path defaultRoot() {
        String property = System.getProperty("caisson.root", "");
        String environment = System.getenv().getOrDefault("CAISSON_ROOT", "");
        String home = System.getProperty("user.home", "?");
        // "?" is a user whom /etc/passwd does not have, such as a container's.
        String data = System.getenv().getOrDefault("XDG_DATA_HOME", (home.startsWith("/") ? home : System.getenv().getOrDefault("HOME", "/nonexistent")) + "/.local/share");
        if (!property.isEmpty()) {
            return Path.of(property);
        }
        return !environment.isEmpty() ? Path.of(environment) : dev.caisson.linux.Processes.geteuid() == 0 ? Path.of("/var/lib/caisson") : Path.of(data, "caisson");
    }

    @Override
    public HostReport check() {
        return Foundations.withoutLibrary().map(finding -> new HostReport(List.of(finding))).orElseGet(HostCheck::report);
    }
}
