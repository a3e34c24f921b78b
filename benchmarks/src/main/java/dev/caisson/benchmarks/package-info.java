/** Speed, shown as ratios measured in one run on an idle machine. */
@NullMarked
package dev.caisson.benchmarks;

import org.jspecify.annotations.NullMarked;
