package io.github.pidflow.bpf;

/** The functions of the kernel that programs call: {@code enum bpf_func_id} of linux/bpf.h. */
enum Helper {
  MAP_LOOKUP_ELEM(1),
  MAP_UPDATE_ELEM(2),
  GET_CURRENT_PID_TGID(14),
  GET_CURRENT_UID_GID(15),
  GET_CURRENT_COMM(16),
  GET_SOCKET_COOKIE(46),
  GET_CURRENT_CGROUP_ID(80),
  GET_NS_CURRENT_PID_TGID(120),
  GET_NETNS_COOKIE(122),
  KTIME_GET_BOOT_NS(125);

  final int id;

  Helper(int id) {
    this.id = id;
  }
}
