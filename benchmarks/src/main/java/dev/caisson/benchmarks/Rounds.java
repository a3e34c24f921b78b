package dev.caisson.benchmarks;

import java.util.ArrayList;
import java.util.List;

/**
 * Peers that start something in turn: every round runs every one of them once, so a disturbance of the machine meets all, and between two starts the machine comes to rest, so that what one does after
 * its answer is not charged to the next. All is measured twice: in a JVM that has started a hundred times, where much is still interpreted, and after it has compiled what it does often.
 */
final class Rounds {
    static final int WARM_UP = 100;
    static final int COMPILED = 1_500;
    private static final long BREATH_MILLIS = 2;
    private static final long REST_MILLIS = 8;

    private final List<Peer> peers = new ArrayList<>();
    private final List<Samples> samples = new ArrayList<>();
    /** Those whose time is a JVM's, which compiles. */
    private final List<Peer> compiling = new ArrayList<>();

    /** One more; in the order in which they run. @return what it takes, in the state measured last */
    Samples add(Peer peer, boolean compiles) {
        peers.add(peer);
        samples.add(new Samples());
        if (compiles) {
            compiling.add(peer);
        }
        return samples.get(samples.size() - 1);
    }

    List<Peer> peers() {
        return peers;
    }

    Samples of(int peer) {
        return samples.get(peer);
    }

    /** The first state; once, and before the second. */
    void afterHundred(int rounds) throws Exception {
        run(WARM_UP);
        forget();
        run(rounds);
    }

    /** The second. With a moment between two starts, in which spares are made. */
    void afterMany(int rounds) throws Exception {
        for (Peer peer : compiling) {
            for (int i = 0; i < COMPILED; i++) {
                peer.launch();
                Thread.sleep(BREATH_MILLIS);
            }
        }
        forget();
        run(rounds);
    }

    private void forget() {
        samples.forEach(Samples::clear);
        peers.forEach(Peer::forget);
    }

    private void run(int rounds) throws Exception {
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < peers.size(); i++) {
                samples.get(i).add(peers.get(i).launch());
                Thread.sleep(REST_MILLIS);
            }
        }
    }
}
