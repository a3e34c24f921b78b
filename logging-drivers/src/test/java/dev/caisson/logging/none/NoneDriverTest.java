package dev.caisson.logging.none;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.caisson.spi.logging.LogProvider;
import dev.caisson.spi.logging.LogReader;
import dev.caisson.testkit.conformance.LogDriverConformance;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NoneDriverTest extends LogDriverConformance {
    @Override
    protected LogProvider provider() {
        return new NoneProvider();
    }

    @Test
    void cannotBeReadBack() throws IOException {
        assertFalse(open(Map.of()) instanceof LogReader);
    }
}
