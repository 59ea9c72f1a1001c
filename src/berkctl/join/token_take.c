/* token_take.c - a token as somebody gives it: typed, or pasted with a line end inside. */
#include "berkctl/join/token.h"

#include <ctype.h>
#include <poll.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define PASTE_MS                                                                                   \
	300 /* what comes within that was pasted, through a slow line, too; nobody types it */

/* Append what is no blank.  What has no room makes the word longer than any token is. */
static void add_letters(char word[static 2 * TOKEN_TEXT_MAX], const char *text)
{
	size_t n = strlen(word);

	for (; *text && n < 2 * TOKEN_TEXT_MAX - 1; text++) {
		if (!isspace((unsigned char)*text)) {
			word[n++] = *text;
		}
	}
	word[n] = '\0';
}

static bool add_line(char word[static 2 * TOKEN_TEXT_MAX], FILE *in)
{
	char line[2 * TOKEN_TEXT_MAX];
	bool got = fgets(line, sizeof(line), in) != NULL;

	add_letters(word, got ? line : "");
	sodium_memzero(line, sizeof(line));
	return got;
}

/* A terminal hands out a line at a time, so what stdio has not got yet waits there. */
static bool is_waiting(FILE *in)
{
	struct pollfd p = {.fd = fileno(in), .events = POLLIN};

	return poll(&p, 1, PASTE_MS) > 0 && (p.revents & POLLIN);
}

const char *token_take(const char *text, FILE *in, struct token *ret)
{
	char word[2 * TOKEN_TEXT_MAX] = "";
	bool terminal = isatty(fileno(in)) == 1;

	if (text) {
		add_letters(word, text);
	} else {
		(void)add_line(word, in);
	}
	const char *wrong = token_read(word, ret);

	while (wrong && word[0] && terminal && strlen(word) < TOKEN_TEXT_MAX && is_waiting(in) &&
	       add_line(word, in)) {
		wrong = token_read(word, ret);
	}
	if (terminal) {
		(void)tcflush(fileno(in), TCIFLUSH);
	}
	sodium_memzero(word, sizeof(word));
	return wrong;
}
