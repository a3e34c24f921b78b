package dev.caisson.benchmarks;

import java.util.Locale;
import java.util.Map;

/** A horizontal bar for each median with a line to the 90th percentile, as SVG. */
final class Plot {
    private static final int LABELS = 230;
    private static final int WIDTH = 820;
    private static final int ROW = 34;
    private static final int TOP = 56;

    private Plot() {}

    static String svg(String title, Map<String, Samples> rows) {
        double longest = rows.values().stream().mapToDouble(Samples::p90Millis).filter(v -> !Double.isNaN(v)).max().orElse(1);
        double scale = (WIDTH - LABELS - 80) / longest;
        int height = TOP + ROW * rows.size() + 16;
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(Locale.ROOT, """
                <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="13">
                <rect width="100%%" height="100%%" fill="white"/>
                <text x="12" y="22" font-size="15">%s</text>
                <text x="12" y="40" fill="#666">bar: median, line: 90th percentile, in milliseconds; shorter is better</text>
                """, WIDTH, height, escape(title)));
        int y = TOP;
        for (Map.Entry<String, Samples> row : rows.entrySet()) {
            double median = row.getValue().medianMillis();
            double p90 = row.getValue().p90Millis();
            int middle = y + ROW / 2 - 4;
            svg.append(String.format(Locale.ROOT, """
                    <text x="%d" y="%d" text-anchor="end">%s</text>
                    <rect x="%d" y="%d" width="%.1f" height="20" fill="%s"/>
                    <line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#333"/>
                    <text x="%.1f" y="%d">%.2f</text>
                    """, LABELS - 10, middle + 4, escape(row.getKey()),
                    LABELS, middle - 10, median * scale, row.getKey().startsWith("caisson") ? "#1f6feb" : "#b0b7c0",
                    LABELS + median * scale, middle, LABELS + p90 * scale, middle,
                    LABELS + Math.max(median, p90) * scale + 6, middle + 4, median));
            y += ROW;
        }
        return svg.append("</svg>\n").toString();
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
