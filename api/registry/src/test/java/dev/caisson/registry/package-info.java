/** The registry under test: by hand, by its counterparts, by attackers. */
@NullMarked
package dev.caisson.registry;

import org.jspecify.annotations.NullMarked;
