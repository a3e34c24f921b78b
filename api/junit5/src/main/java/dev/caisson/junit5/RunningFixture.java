package dev.caisson.junit5;

import dev.caisson.Container;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A started container in JUnit's store, which closes it with its scope. */
record RunningFixture(String name, Container container) implements ExtensionContext.Store.CloseableResource {
    @Override
    public void close() {
        container.close();
    }
}
