package dev.caisson.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** The arrows of docs/ARCHITECTURE.md. */
class ArrowsTest {
    private static final String API = "dev.caisson";
    private static final String SPI = "dev.caisson.spi..";
    private static final String LINUX = "dev.caisson.linux..";
    private static final String CORE = "dev.caisson.core..";
    private static final String[] JDK = {"java..", "javax..", "jdk..", "org.jspecify.annotations.."};
    private static final JavaClasses HOUSE = new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("/testkit/")).importPackages("dev.caisson");

    /** Classes of these packages depend on those and the JDK alone. */
    private static void only(String[] packages, String... allowed) {
        String[] all = new String[JDK.length + allowed.length];
        System.arraycopy(JDK, 0, all, 0, JDK.length);
        System.arraycopy(allowed, 0, all, JDK.length, allowed.length);
        DescribedPredicate<JavaClass> ok = resideInAnyPackage(all).or(resideInAnyPackage(packages)).or(primitive());
        classes().that().resideInAnyPackage(packages).should().onlyDependOnClassesThat(ok).check(HOUSE);
    }

    private static DescribedPredicate<JavaClass> primitive() {
        return DescribedPredicate.describe("primitive or array of one", c -> c.isPrimitive() || c.isArray() && c.getBaseComponentType().isPrimitive());
    }

    @Test
    void everyRoomIsThere() {
        for (String room : new String[] {API, "dev.caisson.linux", "dev.caisson.core.engine", "dev.caisson.storage.overlay", "dev.caisson.network.none", "dev.caisson.logging.jsonfile",
            "dev.caisson.registry.store"}) {
            Assertions.assertTrue(HOUSE.containPackage(room), room + " was imported, so that the rules below are about something");
        }
    }

    @Test
    void theApiDependsOnTheJdkAlone() {
        only(new String[] {API, SPI});
    }

    @Test
    void linuxKnowsNothingOfContainers() {
        only(new String[] {LINUX}, "com.sun.jna..", "org.slf4j..");
    }

    @Test
    void onlyLinuxImportsJna() {
        noClasses().that().resideOutsideOfPackage(LINUX).should().dependOnClassesThat(resideInAPackage("com.sun.jna..")).check(HOUSE);
    }

    @Test
    void theEngineKnowsNoDriver() {
        only(new String[] {CORE}, API, SPI, LINUX, "com.fasterxml.jackson..", "org.slf4j..", "io.airlift.compress..");
    }

    @Test
    void driversKnowNeitherTheEngineNorOneAnother() {
        only(new String[] {"dev.caisson.storage.."}, API, SPI, LINUX, "org.slf4j..");
        only(new String[] {"dev.caisson.network.."}, API, SPI, LINUX, "com.fasterxml.jackson..", "org.slf4j..");
        only(new String[] {"dev.caisson.logging.."}, API, SPI, LINUX, "com.fasterxml.jackson..", "org.slf4j..");
    }

    @Test
    void theRegistryServerKnowsNoEngine() {
        only(new String[] {"dev.caisson.registry.."}, API, SPI, LINUX, "com.fasterxml.jackson..", "org.slf4j..", "at.favre.lib.crypto.bcrypt..", "org.eclipse.jetty..");
        slices().matching("dev.caisson.registry.(*)..").should().beFreeOfCycles().check(HOUSE);
        only(new String[] {"dev.caisson.registry.http"}, "org.slf4j..", "org.eclipse.jetty..");
        noClasses().that().resideInAPackage("dev.caisson.registry..").and().resideOutsideOfPackage("dev.caisson.registry.http").should()
                .dependOnClassesThat(resideInAPackage("org.eclipse.jetty..")).check(HOUSE);
        only(new String[] {"dev.caisson.registry.protocol"}, "com.fasterxml.jackson..");
        noClasses().that().resideInAnyPackage("dev.caisson.registry.store", "dev.caisson.registry.access").should()
                .dependOnClassesThat(resideInAPackage("dev.caisson.registry.http")).check(HOUSE);
    }

    @Test
    void theRoomsOfNetworksAreLayered() {
        only(new String[] {"dev.caisson.network.dns.."});
        only(new String[] {"dev.caisson.network.resolver.."}, "dev.caisson.network.dns..", "dev.caisson.network.loop..", "org.slf4j..");
        only(new String[] {"dev.caisson.network.ports.."}, "dev.caisson.network.loop..", "org.slf4j..");
        only(new String[] {"dev.caisson.network.loop.."}, "org.slf4j..");
        only(new String[] {"dev.caisson.network.netlink.."}, LINUX);
        only(new String[] {"dev.caisson.network.rtnetlink..", "dev.caisson.network.nftables..", "dev.caisson.network.wireguard.."}, "dev.caisson.network.netlink..");
        only(new String[] {"dev.caisson.network.etcd.."}, "com.fasterxml.jackson..");
        slices().matching("dev.caisson.network.(*)..").should().beFreeOfCycles().check(HOUSE);
    }

    @Test
    void thePackagesOfTheEngineFormNoCycle() {
        slices().matching("dev.caisson.core.(**)").should().beFreeOfCycles().check(HOUSE);
    }

    @Test
    void contentTrustKnowsNoNetwork() {
        noClasses().that().resideInAPackage("dev.caisson.core.trust..").should().dependOnClassesThat(resideInAnyPackage("java.net.http..", "dev.caisson.core.registry..",
                "dev.caisson.core.engine..")).check(HOUSE);
    }

    @Test
    void theApisPackagesDependInOneDirectionWithinTheSpi() {
        slices().matching("dev.caisson.spi.(*)..").should().beFreeOfCycles().check(HOUSE);
    }

    @Test
    void thePlanCompilerTouchesNothing() {
        // A pure core: values in, bytes out.
        noClasses().that().resideInAnyPackage("dev.caisson.core.plan..", "dev.caisson.core.launch..", "dev.caisson.core.spec..")
                .should().dependOnClassesThat(resideInAnyPackage("java.nio.file..", "java.net..", LINUX)).check(HOUSE);
    }
}
