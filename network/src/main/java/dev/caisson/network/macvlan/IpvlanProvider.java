package dev.caisson.network.macvlan;

import dev.caisson.linux.Netlink;
import dev.caisson.network.bridge.BridgeProvider;
import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.rtnetlink.Links;
import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkProvider;
import java.util.List;

/** Docker's {@code ipvlan}; never a default, since it needs to know an interface. */
public final class IpvlanProvider implements NetworkProvider {
    static final String NAME = LanKind.IPVLAN.kind;

    private static final int LOOPBACK = 1;
    private static final int EOPNOTSUPP = 95;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int priority() {
        return 2;
    }

    @Override
    public Availability probe(DriverContext context) {
        Availability power = new BridgeProvider().probe(context); // both need power over the host's network
        return power.available() && !known() ? Availability.no("this kernel has no ipvlan (EOPNOTSUPP (95))", "modprobe ipvlan; or use the driver macvlan") : power;
    }

    /** A kernel that knows them refuses one on the loopback with EINVAL. */
    private static boolean known() {
        String name = "csni" + Long.toHexString(ProcessHandle.current().pid());
        try (Conversation route = Conversation.open(Netlink.NETLINK_ROUTE)) {
            route.one(Links.ipvlan(name, LOOPBACK, 0, 0, -1, 0));
            route.one(Links.delete(name));
            return true;
        } catch (NetlinkRefusal e) {
            return e.errno() != EOPNOTSUPP;
        }
    }

    @Override
    public List<OptionSpec> options() {
        return LanKind.IPVLAN.schema();
    }

    @Override
    public boolean implicit() {
        return false;
    }

    @Override
    public NetworkDriver open(DriverContext context, Options options) {
        return new MacvlanDriver(LanKind.IPVLAN, context.engineId());
    }
}
