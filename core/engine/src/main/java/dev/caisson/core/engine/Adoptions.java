package dev.caisson.core.engine;

import dev.caisson.core.guard.TakenGuard;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes over what engines of the same root have left running. */
final class Adoptions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");

    private final LocalEngine engine;
    private final List<AdoptedEngine> adopted = new ArrayList<>();

    Adoptions(LocalEngine engine) {
        this.engine = engine;
    }

    /** One that cannot be taken over is left as it is, and does not keep an engine from opening. */
    void look() {
        if (engine.powers().rootless()) {
            return;
        }
        for (String other : engine.home().others()) {
            try {
                Optional<TakenGuard.Answer> answer = TakenGuard.take(engine.home().guardSocket(other));
                answer.filter(a -> a.guard().isEmpty()).ifPresent(a -> LOG.info("engine {} belongs to {}", other, a.holder() == 0 ? "the JVM that started it" : "the JVM with pid " + a.holder()));
                answer.flatMap(TakenGuard.Answer::guard).ifPresent(taken -> take(other, taken));
            } catch (RuntimeException e) { // whatever it is: what that engine has left may be damaged in any way
                LOG.warn("the containers that engine {} has left could not be taken over: {}", other, e.toString());
            }
        }
    }

    private void take(String other, TakenGuard taken) {
        try {
            adopted.add(AdoptedEngine.open(engine, other, taken));
        } catch (RuntimeException e) {
            taken.close();
            throw e;
        }
    }

    @Override
    public void close() {
        adopted.forEach(AdoptedEngine::close);
    }
}
