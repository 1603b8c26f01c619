/**
 * The commands a person types: {@code check}, {@code top}, {@code record}, {@code replay} and
 * {@code version}, with the options and the error messages they share. The service itself, {@code
 * run}, is in {@code daemon}, which imports this room; no import points back.
 */
package io.github.pidflow.cli;
