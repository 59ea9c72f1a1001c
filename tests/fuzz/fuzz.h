/* fuzz.h - a fuzz target is one function: libFuzzer calls it, or replay.c with each file of a
 * corpus. */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
