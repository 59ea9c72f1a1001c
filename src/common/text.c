/* text.c - escaping of foreign text.  A peer's line must not move the cursor, retitle the terminal,
 * forge a second log line or write from right to left over what stands before it. */
#include "common/text.h"

#include "berk/utf8.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PIECE_MAX 16 /* "\\u{10ffff}" */

static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/* What shows as nothing or as a blank, and what turns the direction of writing: the Unicode
 * property Default_Ignorable_Code_Point (DerivedCoreProperties.txt, 15.0), which holds all controls
 * of the bidirectional algorithm, and separators, fillers and marks besides that nobody sees. */
static const struct {
	uint32_t first, last;
} unseen[] = {
	{0xad, 0xad},	    /* soft hyphen */
	{0x34f, 0x34f},	    /* combining grapheme joiner */
	{0x61c, 0x61c},	    /* Arabic letter mark */
	{0x115f, 0x1160},   /* Hangul fillers */
	{0x17b4, 0x17b5},   /* Khmer inherent vowels */
	{0x180b, 0x180f},   /* Mongolian selectors and vowel separator */
	{0x200b, 0x200f},   /* zero-width space and joiners; direction marks */
	{0x2028, 0x202e},   /* line separators; embeddings and overrides */
	{0x2060, 0x206f},   /* word joiner, invisible operators, isolates */
	{0x2800, 0x2800},   /* the Braille pattern without a dot */
	{0x3164, 0x3164},   /* Hangul filler */
	{0xfe00, 0xfe0f},   /* variation selectors */
	{0xfeff, 0xfeff},   /* byte order mark */
	{0xffa0, 0xffa0},   /* halfwidth Hangul filler */
	{0xfff0, 0xfffb},   /* unassigned; interlinear annotation */
	{0x13430, 0x1343f}, /* Egyptian format controls */
	{0x1bca0, 0x1bca3}, /* shorthand format controls */
	{0x1d173, 0x1d17a}, /* musical format controls */
	{0xe0000, 0xe0fff}, /* tags and more variation selectors */
};

static bool is_unseen(uint32_t c)
{
	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++) {
		if (c >= unseen[i].first && c <= unseen[i].last) {
			return true;
		}
	}
	return false;
}

/* Put the first character of the @len bytes at @in into @piece as it is to be shown, and return its
 * length there.  @ret_used: how many bytes of @in it takes. */
static size_t escape_first(const char *in, size_t len, char piece[static PIECE_MAX],
			   size_t *ret_used)
{
	uint32_t c = 0;
	size_t used = utf8_decode((const uint8_t *)in, len, &c);

	if (used == 0 || is_control(c)) {
		*ret_used = 1; /* the second byte of a C1 character comes next, and is not UTF-8 */
		return (size_t)snprintf(piece, PIECE_MAX, "\\x%02x", (unsigned)(uint8_t)in[0]);
	}
	*ret_used = used;
	if (is_unseen(c)) {
		return (size_t)snprintf(piece, PIECE_MAX, "\\u{%04x}", (unsigned)c);
	}
	memcpy(piece, in, used);
	if (c == '\\') {
		piece[used++] = '\\';
	}
	return used;
}

size_t text_escape(const char *in, size_t len, char *out, size_t size)
{
	size_t o = 0, used;

	assert(size > 0);
	for (size_t i = 0; i < len; i += used) {
		char piece[PIECE_MAX];
		size_t n = escape_first(in + i, len - i, piece, &used);

		if (n >= size - o) {
			break;
		}
		memcpy(out + o, piece, n);
		o += n;
	}
	out[o] = '\0';
	return o;
}

bool text_is_plain(const char *text)
{
	size_t left = strlen(text), used;

	for (; left > 0; text += used, left -= used) {
		uint32_t c = 0;

		used = utf8_decode((const uint8_t *)text, left, &c);
		if (used == 0 || is_control(c) || is_unseen(c)) {
			return false;
		}
	}
	return true;
}

const char *text_made_plain(const char *text, char *buf, size_t size)
{
	if (text_is_plain(text)) {
		return text;
	}
	(void)text_escape(text, strlen(text), buf, size);
	return buf;
}
