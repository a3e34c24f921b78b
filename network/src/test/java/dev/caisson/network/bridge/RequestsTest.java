package dev.caisson.network.bridge;

import dev.caisson.network.netlink.Message;
import dev.caisson.network.nftables.Batch;
import dev.caisson.network.nftables.Expression;
import dev.caisson.network.rtnetlink.Links;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Prefix6;
import dev.caisson.network.rtnetlink.Queues;
import dev.caisson.network.rtnetlink.Routes;
import dev.caisson.network.rtnetlink.Routes6;
import dev.caisson.testkit.Golden;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Every kind of request, byte by byte, as the kernel took it when this was written. */
class RequestsTest {
    private final StringBuilder text = new StringBuilder();

    private void add(Message message) {
        text.append(message.about()).append('\n');
        byte[] bytes = message.encode(1);
        for (int i = 0; i < bytes.length; i += 16) {
            text.append("  ").append(HexFormat.ofDelimiter(" ").formatHex(bytes, i, Math.min(i + 16, bytes.length))).append('\n');
        }
    }

    private void check(String name) throws IOException {
        Assumptions.assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN, "the golden bytes are a little-endian machine's");
        Golden.check(Path.of("src/test/golden", name), text.toString());
    }

    @Test
    void linksAndRoutes() throws IOException {
        byte[] mac = Router.mac(Prefix.parseAddress("10.40.0.5"));
        Prefix subnet = Prefix.parse("10.40.0.0/24");
        List.of(Links.veth("c1", "eth0", 9, mac, 1500), Links.bridge("bridge1", 101, mac, 1500), Links.dummy("d0"), Links.vlan("eth0.7", 2, 7), Links.up("eth0"),
                Links.master("c1", 101), Links.isolate("c1"), Links.delete("c1"), Links.list(), Routes.address(2, new Prefix(subnet.address() + 5, 24)),
                Routes.route(subnet, Prefix.parseAddress("10.18.255.254"), 7), Routes.route(new Prefix(0, 0), subnet.address() + 1, 2),
                Routes.remove(subnet, Prefix.parseAddress("10.18.255.254"), 7), Routes.list()).forEach(this::add);
        check("rtnetlink.txt");
    }

    @Test
    void ipv6() throws IOException {
        Prefix6 subnet = Prefix6.parse("fd12:3456:789a:1::/64");
        List.of(Routes6.address(2, subnet.address(5).of(64)), Routes6.route(subnet, subnet.address(1), 7), Routes6.route(new Prefix6(0, 0, 0), subnet.address(1), 7),
                Routes6.remove(subnet, subnet.address(1), 7), Routes6.list()).forEach(this::add);
        check("rtnetlink6.txt");
    }

    /** A published UDP port, as the host's tables have it for both families. */
    @Test
    void publishedUdpPorts() throws IOException {
        for (Family family : Family.values()) {
            Batch batch = Batch.of(family.table, "t");
            HostRules.published(batch, family, Transport.UDP);
            batch.messages().forEach(this::add);
        }
        check("udp.txt");
    }

    @Test
    void losses() throws IOException {
        Expression[] rule = Expression.randomBelow(Expression.REG, FaultRules.CERTAIN, 656).toArray(Expression[]::new);
        Batch.of(Batch.BRIDGE, "t").rule("forward", rule).messages().forEach(this::add);
        check("losses.txt");
    }

    @Test
    void queuesAndFilters() throws IOException {
        List.of(Links.ifb("ic1"), Links.macvlan("lan0", 3, 4, 9, 0), Links.macvlan("lan0", 3, 8, -1, 1400), Links.find("c1"), Queues.rate(7, 10_000_000, 20_000, 85_536), Queues.rate(7, 100_000_000_000L, 4 << 20, 64 << 20), Queues.unlimited(7),
                Queues.arriving(7), Queues.redirect(7, 9, 0xff00), Queues.direct(7, 0xff00)).forEach(this::add);
        check("queues.txt");
        text.setLength(0);
        List.of(Queues.late(7, 50_000_000, 0), Queues.late(7, 50_000_000, 1_000_000), Queues.redirect(7, 9, 3, new byte[] {2, 0x42, 10, 40, 0, 5}), Links.ipvlan("ipl0", 3, 1, 2, 9, 1400),
                Links.move(7, "eth1", 9, "", 0), Links.move(7, "eth1", 9, "dev%d", 8), Links.moveTo(7, 1, "dev%d", 8), Links.rename(7, "eth1"), Links.down(7), Links.up(7), Routes.everywhere(7)).forEach(this::add);
        check("slow.txt");
    }

    @Test
    void tablesAndRules() throws IOException {
        Batch.of(Batch.IP, "t").ownedTable().set("s", 16).map("m", 4, 8).chain("forward", "filter", Batch.FORWARD, 0, Expression.DROP)
                .chain("prerouting", "nat", Batch.PREROUTING, -100, Expression.ACCEPT)
                .rule("forward", Expression.meta(Expression.META_IIFNAME, Expression.REG), Expression.equal(Expression.REG, Expression.interfaceName("csn0")),
                        Expression.ct(Expression.CT_STATE, Expression.REG), Expression.and(Expression.REG, (byte) 6, (byte) 0, (byte) 0, (byte) 0),
                        Expression.notEqual(Expression.REG, (byte) 0, (byte) 0, (byte) 0, (byte) 0), Expression.verdict(Expression.ACCEPT))
                .rule("prerouting", Expression.destinationType(Expression.REG), Expression.payload(Expression.TRANSPORT, 2, 2, Expression.REG32),
                        Expression.map("m", Expression.REG32, Expression.REG32 + 4), Expression.dnat(Batch.IP, Expression.REG32 + 4, Expression.REG32 + 5))
                .rule("prerouting", Expression.in("s", Expression.REG), Expression.limit(5, 10), Expression.counter(), Expression.log("x"), Expression.masquerade())
                .element("s", Expression.interfaceName("eth0"), new byte[0]).element("m", new byte[] {0, 80, 0, 0}, new byte[] {10, 40, 0, 5, 0, 80, 0, 0})
                .removeElement("s", Expression.interfaceName("eth0")).removeTable().messages().forEach(this::add);
        check("nftables.txt");
    }
}
