package dev.caisson.testkit.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.DriverProvider;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;

/** What holds for the providers of all kinds. */
final class ProviderChecks {
    private ProviderChecks() {}

    static <D> void check(DriverProvider<D> provider, Class<? extends DriverProvider<D>> service, DriverContext context) {
        assertTrue(provider.name().matches("[a-z][a-z0-9-]*"), "the name is spelled as docker spells names: " + provider.name());
        assertTrue(ServiceLoader.load(service).stream().anyMatch(found -> found.type() == provider.getClass()),
                provider.getClass() + " stands in META-INF/services/" + service.getName());
        Availability availability = provider.probe(context);
        assertEquals(availability.available(), availability.cause().isEmpty(), "a cause exactly when it is not available: " + availability);
        Set<String> names = new HashSet<>();
        for (OptionSpec option : provider.options()) {
            assertTrue(names.add(option.name()), "option " + option.name() + " once");
            assertFalse(option.doc().isBlank(), "option " + option.name() + " is documented");
        }
        Options defaults = Options.of(provider.name(), provider.options(), Map.of());
        provider.options().stream().map(OptionSpec::name).forEach(defaults::text);
    }

    static void uniquePriorities(List<? extends DriverProvider<?>> providers) {
        Set<Integer> priorities = new HashSet<>();
        providers.forEach(p -> assertTrue(priorities.add(p.priority()), p.name() + " shares its priority " + p.priority()));
    }
}
