/** Networks on a real kernel, with network namespaces as the other hosts. */
package dev.caisson.host.network;
