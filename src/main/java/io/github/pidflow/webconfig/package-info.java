/**
 * Reads the web configuration file of Prometheus' exporter-toolkit and applies it: TLS, client
 * certificates, passwords, a rate limit and response headers. The file may change while the server
 * runs. {@link io.github.pidflow.webconfig.WebAccess} is the server's side of it and {@link
 * io.github.pidflow.webconfig.ClientContext} the client's.
 */
package io.github.pidflow.webconfig;
