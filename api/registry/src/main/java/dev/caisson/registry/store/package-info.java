/**
 * A registry's directory. {@code blobs/ALGORITHM/xx/HEX} is content, shared by all repositories; {@code repositories/NAME/} says what a repository has of it:
 * {@code _blobs/ALGORITHM/HEX} (empty), {@code _manifests/ALGORITHM/HEX} (holds the media type), {@code _tags/TAG} (holds the digest),
 * {@code _referrers/ALGORITHM/HEX/ALGORITHM-HEX} (empty). No name begins with an underscore, so nothing of these is ever a repository. {@code uploads/} is what nobody has been
 * answered for yet. A file appears by rename, after its bytes and before its directory are synced: whatever was answered survives {@code kill -9} and loss of power.
 */
@NullMarked
package dev.caisson.registry.store;

import org.jspecify.annotations.NullMarked;
