package io.github.pidflow.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(10)
class UnitGroupTest {
  @ParameterizedTest
  @CsvSource({
    "ssh@12-10.0.0.1:22-10.0.0.2:51234.service, ssh@.service",
    "sshd@0-4711-10.0.0.1:22-10.0.0.2:51234.service, sshd@.service",
    "ssh@3-fe80::1:22-2001:db8::2:50000.service, ssh@.service",
    "ssh@3-::1:22-::1:50000.service, ssh@.service",
    "sshd-vsock@7-2:22-4294967295:1023.service, sshd-vsock@.service",
    "varlink@8-1234-1000.service, varlink@.service",
    "varlink@8-99-1234_5678-1000.service, varlink@.service",
    "echo@5-unknown.service, echo@.service",
    "run-u42.service, run-*.service",
    "run-r0123456789abcdef0123456789abcdef.scope, run-*.scope",
    "run-p1234-i5678.service, run-*.service",
    "run-1234.scope, run-*.scope",
    "session-12.scope, session-*.scope",
    "session-c3.scope, session-*.scope",
    "app-gnome-firefox-12345.scope, app-gnome-firefox-*.scope"
  })
  void shouldGroupUnitsThatDifferByANumber(String unit, String group) {
    assertEquals(group, UnitGroup.of(unit));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nginx.service",
        "getty@tty1.service",
        "user@1000.service",
        "postgresql@15-main.service",
        "wg-quick@wg0.service",
        "openvpn@10.8.0.1.service",
        "haproxy@10.0.0.1:443.service",
        "run-backup.service",
        "init.scope",
        "docker-0123456789abcdef.scope",
        "ssh@.service"
      })
  void shouldKeepAnyOtherUnit(String unit) {
    assertEquals(unit, UnitGroup.of(unit));
  }
}
