// SPDX-License-Identifier: Apache-2.0
// OpenSSL as a version that no test knows: for a program that asks the library which one it is.
unsigned long OpenSSL_version_num(void) { return 0x30600010UL; }
