package io.github.pidflow.host;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.pidflow.linux.NetlinkAttributes;
import io.github.pidflow.linux.NetlinkSocket;
import java.nio.ByteBuffer;
import java.util.Set;

/**
 * Messages on the actions of tc-mirred(8): to which interfaces packets of others are mirrored.
 *
 * <pre>
 * struct tcamsg { u8 family, pad1; u16 pad2 }   struct tc_mirred
 *   TCA_ACT_TAB                                  0 u32 index      12 int refcnt
 *     1, 2, ...: one action each                 4 u32 capab      16 int bindcnt
 *       TCA_ACT_KIND "mirred"                    8 int action     20 int eaction
 *       TCA_ACT_OPTIONS                                           24 u32 ifindex
 *         TCA_MIRRED_PARMS: struct tc_mirred
 * </pre>
 */
final class MirrorMessage {
  private static final int TCAMSG_BYTES = 4;
  private static final int TCA_ACT_TAB = 1;
  private static final int TCA_ACT_KIND = 1;
  private static final int TCA_ACT_OPTIONS = 2;
  private static final int TCA_MIRRED_PARMS = 2;
  private static final int MIRRED_EACTION = 20;
  private static final int MIRRED_IFINDEX = 24;
  private static final int MIRRED_BYTES = 28;
  private static final int TCA_EGRESS_MIRROR = 2;

  private static final int ATTRIBUTE_HEADER_BYTES = 4;
  private static final byte[] KIND = "mirred\0\0".getBytes(US_ASCII);
  private static final int KIND_BYTES = 7;

  private MirrorMessage() {}

  /** A request for all actions of this kind. */
  static ByteBuffer dump(int requestType) {
    int kindBytes = ATTRIBUTE_HEADER_BYTES + KIND.length;
    int actionBytes = ATTRIBUTE_HEADER_BYTES + kindBytes;
    int tableBytes = ATTRIBUTE_HEADER_BYTES + actionBytes;
    ByteBuffer request =
        NetlinkSocket.request(requestType, NetlinkSocket.NLM_F_DUMP, TCAMSG_BYTES + tableBytes);
    request.putInt(0);
    request.putShort((short) tableBytes).putShort((short) TCA_ACT_TAB);
    request.putShort((short) actionBytes).putShort((short) 1);
    request.putShort((short) (ATTRIBUTE_HEADER_BYTES + KIND_BYTES)).putShort((short) TCA_ACT_KIND);
    request.put(KIND);
    return request;
  }

  /** Adds the interfaces of a message that packets leave as copies. */
  static void parse(ByteBuffer payload, Set<Integer> targets) {
    NetlinkAttributes table = new NetlinkAttributes(payload, TCAMSG_BYTES);
    while (table.next()) {
      if (table.type() == TCA_ACT_TAB) {
        NetlinkAttributes actions = table.nested();
        while (actions.next()) {
          parseAction(payload, actions.nested(), targets);
        }
      }
    }
  }

  private static void parseAction(
      ByteBuffer payload, NetlinkAttributes action, Set<Integer> targets) {
    boolean mirred = false;
    while (action.next()) {
      if (action.type() == TCA_ACT_KIND) {
        mirred = action.stringValue().equals("mirred");
      } else if (mirred && action.type() == TCA_ACT_OPTIONS) {
        NetlinkAttributes options = action.nested();
        while (options.next()) {
          int at = options.valueAt();
          if (options.type() == TCA_MIRRED_PARMS
              && options.valueLength() >= MIRRED_BYTES
              && payload.getInt(at + MIRRED_EACTION) == TCA_EGRESS_MIRROR) {
            targets.add(payload.getInt(at + MIRRED_IFINDEX));
          }
        }
      }
    }
  }
}
