package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

/** Parts of which nothing was said are one object, and what is said the same way as nothing is equal to them. */
class UnsaidTest {
    @Test
    void oneObjectOfEach() {
        ContainerSpec spec = IdleEngine.image().command("true").env("A", "1").spec();
        assertSame(Unsaid.FILES, spec.files());
        assertSame(Unsaid.IDENTITY, spec.identity());
        assertSame(Unsaid.SECURITY, spec.security());
        assertSame(Resources.NONE, spec.resources());
        assertSame(Unsaid.NETWORK, spec.network());
        assertSame(Unsaid.LOG, spec.log());
        assertSame(Unsaid.LIFE, spec.life());
    }

    @Test
    void saidAndTakenBackIsTheSame() {
        ContainerSpec spec = IdleEngine.image().shm("64m").restart(RestartPolicy.no()).outputLimit(ContainerBuilder.OUTPUT_LIMIT).stopTimeout(java.time.Duration.ofSeconds(10)).spec();
        assertEquals(IdleEngine.image().spec(), spec);
        assertNotEquals(spec, IdleEngine.image().shm("65m").spec());
    }

    /** The default that was asked for by its number is no default in a sandbox. */
    @Test
    void anOutputLimitThatWasGivenHoldsInASandbox() {
        assertEquals(SandboxPreset.OUTPUT, IdleEngine.image().sandbox().spec().life().outputLimit());
        assertEquals(ContainerBuilder.OUTPUT_LIMIT, IdleEngine.image().sandbox().outputLimit(ContainerBuilder.OUTPUT_LIMIT).spec().life().outputLimit());
        assertEquals(SandboxPreset.OUTPUT, IdleEngine.image().sandbox().captureChanges().spec().life().outputLimit(), "when something else was said");
    }
}
