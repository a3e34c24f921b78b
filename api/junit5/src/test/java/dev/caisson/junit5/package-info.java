@org.jspecify.annotations.NullMarked
package dev.caisson.junit5;
