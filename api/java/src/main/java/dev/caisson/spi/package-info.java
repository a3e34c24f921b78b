/** What all drivers have in common: how they are found, probed, and given options. */
@org.jspecify.annotations.NullMarked
package dev.caisson.spi;
