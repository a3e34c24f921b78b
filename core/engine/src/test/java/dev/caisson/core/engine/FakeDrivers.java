package dev.caisson.core.engine;

import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkProvider;
import dev.caisson.spi.storage.StorageDriver;
import dev.caisson.spi.storage.StorageProvider;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

/** Providers that say what they are told to, and drivers that only know their names and whether they were closed. */
final class FakeDrivers {
    /** {@code opened NAME} and {@code closed NAME}, in order. */
    final List<String> events = new ArrayList<>();

    private <D> D driver(Class<D> type, String name) {
        events.add("opened " + name);
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> switch (method.getName()) {
            case "name" -> name;
            case "close" -> events.add("closed " + name) ? null : null;
            default -> {
                if (method.isDefault()) {
                    yield InvocationHandler.invokeDefault(proxy, method, arguments);
                }
                throw new AssertionError(method);
            }
        }));
    }

    StorageProvider storage(String name, int priority, Availability availability) {
        return new Storage(name, priority, availability);
    }

    NetworkProvider network(String name, Availability availability) {
        return new Network(name, availability);
    }

    private final class Storage implements StorageProvider {
        private final String name;
        private final int priority;
        private final Availability availability;

        Storage(String name, int priority, Availability availability) {
            this.name = name;
            this.priority = priority;
            this.availability = availability;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public int priority() {
            return priority;
        }

        @Override
        public Availability probe(DriverContext context) {
            return availability;
        }

        @Override
        public List<OptionSpec> options() {
            return List.of();
        }

        @Override
        public StorageDriver open(DriverContext context, Options options) {
            return driver(StorageDriver.class, name);
        }
    }

    private final class Network implements NetworkProvider {
        private final String name;
        private final Availability availability;

        Network(String name, Availability availability) {
            this.name = name;
            this.availability = availability;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public int priority() {
            return 0;
        }

        @Override
        public Availability probe(DriverContext context) {
            return availability;
        }

        @Override
        public List<OptionSpec> options() {
            return List.of();
        }

        @Override
        public NetworkDriver open(DriverContext context, Options options) {
            return driver(NetworkDriver.class, name);
        }
    }
}
