/** The house's own rules, checked: which package may use which, and how long a file may be. */
@org.jspecify.annotations.NullMarked
package dev.caisson.architecture;
