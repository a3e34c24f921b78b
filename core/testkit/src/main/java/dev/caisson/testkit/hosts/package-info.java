/** Several hosts on one machine: network namespaces on a switch, and a real etcd. */
@org.jspecify.annotations.NullMarked
package dev.caisson.testkit.hosts;
