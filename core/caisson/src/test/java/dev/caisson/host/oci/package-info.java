/** OCI bundles: others' run here, ours run by others. */
package dev.caisson.host.oci;
