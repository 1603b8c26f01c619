/**
 * The settings: HOCON, environment variables, system properties and command line options read into
 * immutable, fully validated records. All problems are reported at once, with file and line. The
 * keys and their defaults are in {@code reference.conf}.
 */
package io.github.pidflow.config;
