package dev.caisson.network.etcd;

import java.util.List;

/** What a watch says at once. @param revision the store's when it said so; 0 if it does not say */
record WatchMessage(long revision, List<Event> events) {
}
