package io.github.pidflow.webconfig;

import java.util.List;
import java.util.Optional;

/**
 * Section {@code tls_server_config}, in the words of JSSE.
 *
 * @param allowedSans of which a client's certificate has to bear one; empty for any
 * @param protocols from the least to the highest, as {@code TLSv1.2}
 * @param cipherSuites up to TLS 1.2; empty for the JDK's own
 * @param namedGroups in order of preference; empty for the JDK's own
 */
record TlsSettings(
    PemSource certificate,
    PemSource key,
    Optional<PemSource> clientCa,
    ClientAuth clientAuth,
    List<String> allowedSans,
    List<String> protocols,
    List<String> cipherSuites,
    boolean serverOrder,
    List<String> namedGroups) {}
