/** {@code json-file}: docker's default log format, one JSON object a line. */
@org.jspecify.annotations.NullMarked
package dev.caisson.logging.jsonfile;
