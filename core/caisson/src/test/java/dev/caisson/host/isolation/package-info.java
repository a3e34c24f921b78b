/** Attacks from inside a container, each with a control that shows it could succeed. */
@org.jspecify.annotations.NullMarked
package dev.caisson.host.isolation;
