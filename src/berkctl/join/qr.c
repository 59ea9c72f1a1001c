/* qr.c - see qr.h. */
#include "berkctl/join/qr.h"

#include "berkctl/table.h"

#include <langinfo.h>
#include <qrencode.h>
#include <stdio.h>
#include <string.h>

#define QUIET 2 /* light modules around it; more of them would not fit on small terminals */

static bool is_dark(const QRcode *q, int x, int y)
{
	return x >= 0 && y >= 0 && x < q->width && y < q->width && q->data[y * q->width + x] & 1;
}

void qr_print(const char *text, bool colour)
{
	static const char *const blocks[2][2] = {{"\u2588", "\u2580"}, {"\u2584", " "}};

	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0) {
		(void)puts("(A QR code needs a UTF-8 locale.)");
		return;
	}
	QRcode *q = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 0);
	size_t columns = q ? (size_t)q->width + 2 * QUIET : 0;

	if (columns > terminal_columns()) {
		printf("(A QR code needs a window of %zu columns: widen it, and run berkctl invite "
		       "--qr.)\n",
		       columns);
		QRcode_free(q);
		return;
	}
	for (int y = -QUIET; q && y < q->width + QUIET; y += 2) {
		(void)fputs(colour ? "\033[40;97m" : "", stdout);
		for (int x = -QUIET; x < q->width + QUIET; x++) {
			/* Blocks are light: what is below the last line is light, too. */
			(void)fputs(blocks[is_dark(q, x, y)][is_dark(q, x, y + 1)], stdout);
		}
		(void)puts(colour ? "\033[0m" : "");
	}
	QRcode_free(q);
}
