/** What callers, images and archives get wrong: a clear error, nothing left, nothing outside touched. */
@org.jspecify.annotations.NullMarked
package dev.caisson.host.badinput;
