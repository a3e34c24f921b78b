package dev.caisson.host.rootless;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.testkit.OrdinaryUser;
import dev.caisson.testkit.RequiresTool;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Networks of an ordinary user's containers where the host has pasta and no slirp4netns. */
@RequiresTool(value = {"pasta", "ip"}, debianPackage = "passt")
class OrdinaryPastaTest extends RootlessTest {
    private static final String HOST = "mount -t tmpfs -o mode=755 tmpfs /dev/net; mknod -m 666 /dev/net/tun c 10 200; for p in /usr/bin/slirp4netns; do [ ! -e $p ] || mount --bind /dev/null $p; done";

    private Map<String, String> run(String... scenarios) {
        return run(OrdinaryNetwork.class, scenarios);
    }

    private static void shell(String line) throws IOException, InterruptedException {
        assertEquals(0, new ProcessBuilder("sh", "-ec", line).inheritIO().start().waitFor(), line);
    }

    /** pasta carries nothing on a host that has no way out itself. */
    @BeforeEach
    void wayOut() throws Exception {
        shell("ip link add up0 type veth peer name up1; ip link set up1 up; ip addr add 198.51.100.1/24 dev up0; ip link set up0 up; "
                + "ip route show default | grep -q . || ip route add default via 198.51.100.254");
        user.withSubordinateIds().prepared(HOST);
    }

    @AfterEach
    void noWayOut() throws Exception {
        shell("ip link del up0");
    }

    @Test
    void portsNamesAndTheWayOut() {
        OrdinaryNetworkTest.portsNamesAndTheWayOut(run("published", "outward"));
    }

    @Test
    void whatItCannotDo() {
        run("refusals").forEach((what, why) -> assertTrue(!why.startsWith("allowed") && why.contains("Remedy"), what + ": " + why));
        String udp = run("udp").get("udp");
        assertTrue(udp.contains("pasta") && udp.contains("7/udp") && udp.contains("slirp4netns"), udp);
    }

    @Test
    void theRemedyNamesBoth() {
        user.prepared(HOST + "; mount --bind /dev/null /usr/bin/pasta");
        String program = run("port").get("port");
        assertTrue(program.startsWith("UnsupportedOnThisHost") && program.contains("apt-get install slirp4netns") && program.contains("passt"), program);
    }

    /** It says itself what it lacks. */
    @Test
    void aHostWithoutAWayOut() {
        user.through("unshare", "--net", "sh", "-ec", "ip link set lo up; exec \"$@\"", "sh");
        String said = run("port").get("port");
        assertTrue(said.startsWith("NetworkProblem") && said.contains("pasta ended") && said.contains("routable"), said);
    }

    @Test
    void oneThatSomebodyKillsIsMissedAloudAndARestartBringsAnother() {
        OrdinaryUser.Result result = user.java(OrdinaryNetwork.class, arguments("killed"));
        Map<String, String> said = said(result.output());
        assertEquals("served served", said.get("first") + " " + said.get("again"), result.output());
        String told = "pasta, which connected the container of process " + said.get("pid") + ", has ended: ";
        assertEquals(1, result.output().lines().filter(l -> l.contains(told) && l.contains("until it is restarted")).count(), "and not of the second, which is ended: " + result.output());
    }

    /** The leak check finds its process, if it stays. */
    @Test
    void aKilledJvmLeavesNoProcessAndNoPort() throws Exception {
        aKilledJvmGivesItsPortBack(OrdinaryNetwork.class);
    }
}
