package dev.caisson.registry.access;

import org.jspecify.annotations.Nullable;

/**
 * Who asks.
 *
 * @param user "" if that is not known
 * @param grant what the token says; null without tokens
 */
public record Caller(String user, Tokens.@Nullable Grant grant) {}
