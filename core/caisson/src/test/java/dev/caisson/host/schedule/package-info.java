/** Containers that are started again and again. */
package dev.caisson.host.schedule;
