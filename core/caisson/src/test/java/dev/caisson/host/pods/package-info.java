/** Containers that share namespaces. */
package dev.caisson.host.pods;
