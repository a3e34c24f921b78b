/** An engine's images as a registry shows them: what is called how, what stays while somebody fetches it, what becomes of what is pushed. */
@NullMarked
package dev.caisson.core.serve;

import org.jspecify.annotations.NullMarked;
