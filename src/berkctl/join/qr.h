/* qr.h - a QR code on a terminal. */
#pragma once

#include <stdbool.h>

/* Print @text as a QR code of half blocks, two of its lines in one of the terminal's.  Without
 * @colour the terminal's own colours must be light on dark.  A locale that has no such characters
 * gets a sentence instead. */
void qr_print(const char *text, bool colour);
