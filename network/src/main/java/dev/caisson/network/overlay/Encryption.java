package dev.caisson.network.overlay;

import dev.caisson.linux.Netlink;
import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.rtnetlink.Links;

/** Whether this kernel could encrypt what goes from host to host. */
final class Encryption {
    private static final int EOPNOTSUPP = 95;

    private Encryption() {}

    /** What is missing for it here. */
    static String missing() {
        String name = "csnwg" + Long.toHexString(ProcessHandle.current().pid());
        try (Conversation route = Conversation.open(Netlink.NETLINK_ROUTE)) {
            route.one(Links.plain(name, "wireguard"));
            route.one(Links.delete(name));
            return "this kernel has WireGuard, but this version of Caisson leaves tunnels to the host";
        } catch (NetlinkRefusal e) {
            return e.errno() == EOPNOTSUPP ? "this kernel has no WireGuard (EOPNOTSUPP (95)), and this version of Caisson has no other means" : String.valueOf(e.getMessage());
        }
    }
}
