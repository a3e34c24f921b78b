package dev.caisson.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ContainerException;
import dev.caisson.EngineProblem;
import dev.caisson.InvalidSpec;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.spi.Availability;
import dev.caisson.spi.EngineProvider;
import dev.caisson.spi.Subject;
import dev.caisson.spi.logging.LogProvider;
import dev.caisson.spi.network.NetworkProvider;
import dev.caisson.spi.storage.StorageProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which drivers an engine uses, and that data of one is never handed to another. */
class DriversTest {
    private static final Availability NO = Availability.no("mount: EPERM (1)", "run as root");
    private static final Subject WEB = new Subject("id", "web", "", "", List.of(), "", Instant.EPOCH, Map.of(), Map.of());

    private final FakeDrivers fakes = new FakeDrivers();
    @TempDir
    private Path directory;
    private EngineHome home;

    @BeforeEach
    void open() {
        home = EngineHome.open(directory.resolve("root"), Optional.of(directory.resolve("run")));
    }

    @AfterEach
    void close() {
        home.close();
    }

    private Drivers drivers(String wanted, boolean discovery, List<StorageProvider> storage, List<NetworkProvider> networks, List<LogProvider> logs) {
        return new Drivers(home, new EngineProvider.Settings(Optional.empty(), Optional.empty(), Optional.empty(), discovery, 0, 0, storage, networks, logs, List.of(), List.of(),
                Optional.of(wanted).filter(w -> !w.isEmpty()), Optional.empty(), false, dev.caisson.ImageLimits.DEFAULT));
    }

    private Drivers storage(String wanted, StorageProvider... providers) {
        return drivers(wanted, false, List.of(providers), List.of(), List.of());
    }

    private StorageProvider yes(String name, int priority) {
        return fakes.storage(name, priority, Availability.yes());
    }

    private StorageProvider no(String name, int priority) {
        return fakes.storage(name, priority, NO);
    }

    private void holdsLayer(String driver) throws IOException {
        Files.createDirectories(directory.resolve("root/layers").resolve(driver).resolve("ab".repeat(32)));
    }

    @Test
    void theAvailableOneWithTheHighestPriority() {
        assertEquals("b", storage("", yes("a", 1), yes("b", 3), no("c", 9)).storage().name());
        assertEquals("a", storage("a", yes("a", 1), yes("b", 3)).storage().name());
    }

    @Test
    void openedOnceAndClosedWithTheEngine() {
        Drivers drivers = drivers("", false, List.of(yes("a", 1)), List.of(fakes.network("none", Availability.yes())), List.of());
        assertSame(drivers.storage(), drivers.storage());
        assertSame(drivers.network("none"), drivers.network("none"));
        drivers.close();
        assertEquals(List.of("opened a", "opened none", "closed a", "closed none"), fakes.events);
        storage("", yes("b", 1)).close();
        assertEquals(4, fakes.events.size(), "what was not opened is not closed");
    }

    @Test
    void noneAvailableSaysWhyForEach() {
        UnsupportedOnThisHost e = assertThrows(UnsupportedOnThisHost.class, () -> storage("", no("a", 1), no("b", 2)).storage());
        assertEquals("no storage driver works here: b: mount: EPERM (1) (run as root); a: mount: EPERM (1) (run as root)", e.what());
        assertTrue(assertThrows(UnsupportedOnThisHost.class, () -> storage("").storage()).remedy().contains("caisson-storage-drivers"));
    }

    @Test
    void equalPriorityIsDecidedByTheCaller() {
        EngineProblem e = assertThrows(EngineProblem.class, () -> storage("", yes("a", 2), yes("b", 2), yes("c", 1)).storage());
        assertTrue(e.what().contains("'a' and 'b' have the same priority") && e.remedy().contains("storageDriver"), e::getMessage);
        assertEquals("b", storage("b", yes("a", 2), yes("b", 2)).storage().name());
        assertEquals("c", storage("", no("a", 2), no("b", 2), yes("c", 1)).storage().name());
    }

    @Test
    void unknownNamesTheNearest() {
        assertEquals("did you mean 'overlay2'?", problem(() -> storage("overlay", yes("overlay2", 1), yes("vfs", 0)).storage()).remedy());
        assertEquals("there are: overlay2, vfs", problem(() -> storage("something", yes("overlay2", 1), yes("vfs", 0)).storage()).remedy());
        Drivers drivers = drivers("", false, List.of(), List.of(fakes.network("none", Availability.yes())), List.of(new FoundLogProvider("given")));
        assertEquals("did you mean 'none'?", problem(() -> drivers.network("nome")).remedy());
        assertEquals("did you mean '" + FoundLogProvider.NAME + "'?", problem(() -> drivers.log("found-by-test", Map.of(), WEB, directory)).remedy());
    }

    private static InvalidSpec.Problem problem(Runnable action) {
        return assertThrows(InvalidSpec.class, action::run).problems().get(0);
    }

    @Test
    void twoOfOneName() {
        EngineProblem e = assertThrows(EngineProblem.class, () -> storage("", yes("a", 1), no("a", 2)));
        assertTrue(e.what().startsWith("two storage drivers have the name 'a'"), e::what);
        assertThrows(EngineProblem.class, () -> storage("", yes(" ", 1)));
    }

    @Test
    void whatIsThereStaysWithItsDriver() throws IOException {
        holdsLayer("a");
        assertEquals("a", storage("", yes("a", 1), yes("b", 9)).storage().name());
        assertEquals("a", storage("a", yes("a", 1), yes("b", 9)).storage().name());
        EngineProblem e = assertThrows(EngineProblem.class, () -> storage("b", yes("a", 1), yes("b", 9)).storage());
        assertTrue(e.what().contains("holds layers of storage driver 'a', but 'b' was asked for") && e.remedy().contains("storageDriver(\"a\")"), e::getMessage);
    }

    @Test
    void itsDriverMayNotWorkHereAnyMore() throws IOException {
        holdsLayer("a");
        UnsupportedOnThisHost e = assertThrows(UnsupportedOnThisHost.class, () -> storage("", no("a", 1), yes("b", 9)).storage());
        assertTrue(e.what().contains("'a', whose layers are in ") && e.what().contains("EPERM") && e.remedy().equals("run as root"), e::getMessage);
    }

    @Test
    void itsDriverMayBeMissing() throws IOException {
        holdsLayer("zfs");
        for (ContainerException e : List.of(assertThrows(EngineProblem.class, () -> storage("", yes("b", 9)).storage()),
                assertThrows(EngineProblem.class, () -> storage("b", yes("b", 9)).storage()))) {
            assertTrue(e.what().contains("holds layers of storage driver 'zfs'"), e::what);
        }
    }

    @Test
    void layersOfSeveralAreDecidedByTheCaller() throws IOException {
        holdsLayer("a");
        holdsLayer("b");
        assertTrue(assertThrows(EngineProblem.class, () -> storage("", yes("a", 1), yes("b", 2)).storage()).what().contains("'a' and 'b'"));
        assertEquals("b", storage("b", yes("a", 1), yes("b", 2)).storage().name());
        assertThrows(EngineProblem.class, () -> storage("c", yes("a", 1), yes("b", 2), yes("c", 3)).storage());
    }

    @Test
    void anEmptyDirectoryOfADriverIsNoData() throws IOException {
        Files.createDirectories(directory.resolve("root/layers/a/tmp"));
        Files.createFile(directory.resolve("root/layers/stray"));
        assertEquals("b", storage("", yes("a", 1), yes("b", 9)).storage().name());
    }

    @Test
    void anExplicitInstanceBeatsDiscovery() {
        assertTrue(logName(drivers("", true, List.of(), List.of(), List.of())).startsWith("discovered "));
        assertTrue(logName(drivers("", true, List.of(), List.of(), List.of(new FoundLogProvider("given")))).startsWith("given "));
        assertThrows(InvalidSpec.class, () -> logName(drivers("", false, List.of(), List.of(), List.of())), "discovery is switched off");
    }

    private String logName(Drivers drivers) {
        return drivers.log(FoundLogProvider.NAME, Map.of("max-size", "1m"), WEB, directory.resolve("log")).name();
    }

    @Test
    void aLogDriverGetsItsOptionsItsDirectoryAndItsContainer() {
        Drivers drivers = drivers("", false, List.of(), List.of(), List.of(new FoundLogProvider("given")));
        assertEquals("given {max-size=1m} in log for web", logName(drivers));
        InvalidSpec.Problem problem = problem(() -> drivers.log(FoundLogProvider.NAME, Map.of("maxsize", "1"), WEB, directory));
        assertEquals("log driver " + FoundLogProvider.NAME + " option 'maxsize': is unknown (did you mean 'max-size'?)", problem.toString());
    }

    @Test
    void aNetworkThatDoesNotWorkHere() {
        Drivers drivers = drivers("", false, List.of(), List.of(fakes.network("bridge", NO)), List.of());
        UnsupportedOnThisHost e = assertThrows(UnsupportedOnThisHost.class, () -> drivers.network("bridge"));
        assertTrue(e.what().contains("'bridge' does not work here: mount: EPERM (1)") && e.remedy().equals("run as root"), e::getMessage);
    }
}
