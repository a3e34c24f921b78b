/** Images: references, manifests and configurations, archives in and out, and the layers they stand on. */
@org.jspecify.annotations.NullMarked
package dev.caisson.core.image;
