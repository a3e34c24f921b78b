/** Many containers at once, and calls that race with each other. */
@org.jspecify.annotations.NullMarked
package dev.caisson.host.load;
