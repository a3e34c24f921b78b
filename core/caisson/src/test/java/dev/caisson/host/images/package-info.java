/** Images made of containers. */
@NullMarked
package dev.caisson.host.images;

import org.jspecify.annotations.NullMarked;
