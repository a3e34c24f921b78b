/** User namespaces. */
@org.jspecify.annotations.NullMarked
package dev.caisson.host.users;
