package dev.caisson.network.bridge;

import dev.caisson.network.netlink.Answer;
import dev.caisson.network.rtnetlink.Links;
import java.util.Optional;

/** Which of the kernel's notices may be about something that was taken from a router. Pure. */
final class Removals {
    static final int RTNLGRP_LINK = 1;
    static final int RTNLGRP_IPV4_IFADDR = 5;
    static final int RTNLGRP_IPV4_ROUTE = 7;
    static final int RTNLGRP_IPV6_IFADDR = 9;
    static final int RTNLGRP_IPV6_ROUTE = 11;
    static final int RTNLGRP_IPV4_NETCONF = 24;
    static final int NEWLINK = 16;
    static final int DELLINK = 17;
    static final int DELADDR = 21;
    static final int NEWROUTE = 24;
    static final int DELROUTE = 25;
    static final int NEWNETCONF = 80;
    private static final int REPLACED = 0x100;

    private Removals() {}

    /** Of the host: its own link is gone or otherwise, any address or route is gone or another, or what is forwarded has changed. @param uplink the name of that link */
    static boolean onHost(Answer notice, String uplink) {
        return switch (notice.type()) {
            case DELADDR, DELROUTE, NEWNETCONF -> true;
            case NEWROUTE -> (notice.flags() & REPLACED) != 0;
            case NEWLINK, DELLINK -> link(notice).filter(l -> l.name().equals(uplink)).isPresent();
            default -> false;
        };
    }

    /** Of the router: a bridge is gone, or the uplink. The ports of containers go all the time. */
    static boolean inRouter(Answer notice) {
        return notice.type() == DELLINK && link(notice).filter(l -> l.name().startsWith(BridgeNetwork.BRIDGE) || l.name().equals(Uplink.INSIDE)).isPresent();
    }

    private static Optional<Links.Link> link(Answer notice) {
        return Links.parse(new Answer(NEWLINK, notice.flags(), notice.sequence(), notice.payload()));
    }
}
