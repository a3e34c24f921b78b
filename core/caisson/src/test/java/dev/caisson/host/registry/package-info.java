/** Images that come from a real registry, and are run. */
@NullMarked
package dev.caisson.host.registry;

import org.jspecify.annotations.NullMarked;
