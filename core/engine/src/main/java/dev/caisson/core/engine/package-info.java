/** The engine itself: the pipeline that reads as the table of stages, and the live handles. */
@org.jspecify.annotations.NullMarked
package dev.caisson.core.engine;
