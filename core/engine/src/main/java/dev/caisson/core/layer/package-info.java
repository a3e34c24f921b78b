/**
 * Layers: reading and writing tar in all its dialects, unpacking below a directory descriptor, packing a directory into a deterministic layer.
 * Everything read here is hostile until its digest has been compared.
 */
@org.jspecify.annotations.NullMarked
package dev.caisson.core.layer;
