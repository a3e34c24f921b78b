package dev.caisson.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.HostReport;
import dev.caisson.HostReport.Finding;
import dev.caisson.linux.deflate.Decoders;
import java.util.List;
import org.junit.jupiter.api.Test;

class InflateCheckTest {
    private static final String GONE = "libisal.so.2 cannot be used: it is not there";

    private static Finding with(String wanted, String problem) {
        Finding finding = InflateCheck.finding(wanted, () -> problem);
        assertTrue(new HostReport(List.of(finding)).usable(), "containers run in any case");
        return finding;
    }

    @Test
    void whichOneItIsAndWhatWouldBringTheFaster() {
        Finding there = with("", "");
        assertTrue(there.ok() && there.detail().contains("by ISA-L") && there.remedy().isEmpty(), there.toString());
        Finding missing = with("", GONE);
        assertTrue(missing.ok(), "all works without it");
        assertTrue(missing.detail().contains("zlib") && missing.detail().contains(GONE), missing.detail());
        assertTrue(missing.remedy().startsWith("apt-get install libisal2"), missing.remedy());
    }

    @Test
    void theProperty() {
        Finding jdk = InflateCheck.finding("jdk", () -> {
            throw new AssertionError("it is not loaded for nothing");
        });
        assertTrue(jdk.ok() && jdk.detail().contains("zlib") && jdk.remedy().contains("-Dcaisson.inflate=jdk"), jdk.toString());
        assertTrue(with("isal", "").detail().contains("by ISA-L"));
        Finding refused = with("isal", GONE);
        assertTrue(!refused.ok() && refused.detail().contains(GONE) && refused.remedy().contains("libisal2"), refused.toString());
        assertFalse(with("zlib-ng", "").ok());
    }

    @Test
    void itIsInTheReportAndSaysWhatIsUsed() {
        List<Finding> found = HostCheck.report().facts().stream().filter(f -> f.name().equals("inflating of layers")).toList();
        assertEquals(1, found.size());
        boolean jdk = Decoders.wanted().equals("jdk") || !Decoders.isalProblem().isEmpty();
        assertTrue(found.get(0).detail().startsWith(jdk ? "by the JDK's zlib" : "by ISA-L"), found.toString());
    }
}
