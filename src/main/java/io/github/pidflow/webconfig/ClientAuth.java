package io.github.pidflow.webconfig;

import java.util.LinkedHashMap;
import java.util.Map;

/** The policy for client certificates, with the names of Go's crypto/tls. */
enum ClientAuth {
  NO_CLIENT_CERT("NoClientCert", false, false, false),
  REQUEST_CLIENT_CERT("RequestClientCert", true, false, false),
  REQUIRE_ANY_CLIENT_CERT("RequireAnyClientCert", true, true, false),
  VERIFY_CLIENT_CERT_IF_GIVEN("VerifyClientCertIfGiven", true, false, true),
  REQUIRE_AND_VERIFY_CLIENT_CERT("RequireAndVerifyClientCert", true, true, true);

  private final String text;
  private final boolean requested;
  private final boolean required;
  private final boolean verified;

  ClientAuth(String text, boolean requested, boolean required, boolean verified) {
    this.text = text;
    this.requested = requested;
    this.required = required;
    this.verified = verified;
  }

  boolean isRequested() {
    return requested;
  }

  boolean isRequired() {
    return required;
  }

  boolean isVerified() {
    return verified;
  }

  static Map<String, ClientAuth> byText() {
    Map<String, ClientAuth> byText = new LinkedHashMap<>();
    for (ClientAuth each : values()) {
      byText.put(each.text, each);
    }
    // The toolkit's older name.
    byText.put("RequireClientCert", REQUIRE_ANY_CLIENT_CERT);
    return byText;
  }
}
