/** DNS messages, RFC 1035: questions read, answers written. Pure; nothing that arrives makes it loop, grow or throw but {@link dev.caisson.network.dns.BadMessage}. */
@org.jspecify.annotations.NullMarked
package dev.caisson.network.dns;
