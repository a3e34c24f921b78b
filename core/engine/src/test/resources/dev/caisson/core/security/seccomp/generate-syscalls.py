#!/usr/bin/env python3
"""Writes syscalls.csv (name,x86_64,i386,aarch64,arm; empty where an architecture has no such call).

Numbers come from the installed libseccomp; NEWER holds what the kernel's tables (arch/*/syscall*.tbl, 6.18) have beyond
it. Run it again when libseccomp or the kernel moves, and raise NEWER with the kernel:

    ./generate-syscalls.py > ../../../../../../../main/resources/dev/caisson/core/security/seccomp/syscalls.csv
"""
import ctypes
import sys

lib = ctypes.CDLL("libseccomp.so.2")
lib.seccomp_syscall_resolve_num_arch.restype = ctypes.c_void_p
lib.seccomp_syscall_resolve_num_arch.argtypes = [ctypes.c_uint32, ctypes.c_int]
lib.seccomp_syscall_resolve_name_arch.argtypes = [ctypes.c_uint32, ctypes.c_char_p]

ARCHES = [0xC000003E, 0x40000003, 0xC00000B7, 0x40000028]  # AUDIT_ARCH_X86_64, _I386, _AARCH64, _ARM
ARM_PRIVATE = range(0xF0000, 0xF0010)                      # __ARM_NR_*: breakpoint, cacheflush, set_tls ...
EVERYWHERE = {
    "statmount": 457, "listmount": 458, "lsm_get_self_attr": 459, "lsm_set_self_attr": 460, "lsm_list_modules": 461,
    "mseal": 462, "setxattrat": 463, "getxattrat": 464, "listxattrat": 465, "removexattrat": 466,
    "open_tree_attr": 467, "file_getattr": 468, "file_setattr": 469,
}
NEWER = {name: [number] * 4 for name, number in EVERYWHERE.items()}
NEWER["uretprobe"] = [335, -1, -1, -1]
NEWER["uprobe"] = [336, -1, -1, -1]

# By number first: by name, i386's socket calls are pseudo-numbers that stand for socketcall. By name then: aliases.
table = {}
for column, arch in enumerate(ARCHES):
    for number in [*range(1024), *ARM_PRIVATE]:
        found = lib.seccomp_syscall_resolve_num_arch(arch, number)
        if found:
            table.setdefault(ctypes.string_at(found).decode(), [-1] * 4)[column] = number
for name, numbers in table.items():
    for column, arch in enumerate(ARCHES):
        if numbers[column] < 0:
            numbers[column] = lib.seccomp_syscall_resolve_name_arch(arch, name.encode())

for name, numbers in NEWER.items():
    table[name] = [old if old >= 0 else new for old, new in zip(table.get(name, [-1] * 4), numbers)]
for name in sorted(table):
    sys.stdout.write(",".join([name, *(str(n) if n >= 0 else "" for n in table[name])]) + "\n")
