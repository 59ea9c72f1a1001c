/* said.c - what others say of who is to be revoked, and too few of them for it to hold here, as it
 * is shown to people.  What counts is revoke.c's to say; this looks at what it keeps. */
#include "core/node/revoke.h"
#include "core/node/table.h"

#include <limits.h>
#include <string.h>

/* Of the word of who is trusted no more nothing would come, nor of one that holds already. */
static bool is_shown(const struct node *n, const struct revoke_word *w)
{
	const struct revoked_host *last = trust_word_on(&n->trust, w->word.id);

	return revoke_heeds(n, w->by, w->word.id) &&
	       w->word.revoked != (last && last->word.revoked) &&
	       w->word.number > (last ? last->word.number : 0);
}

static bool says_the_same(const struct revoke_word *a, const struct revoke_word *b)
{
	return a->word.id == b->word.id && a->word.revoked == b->word.revoked;
}

/* The first of those who say the same. */
static bool is_first(const struct node *n, unsigned i)
{
	const struct revoke_word *w = n->joining.revoke.word;
	unsigned k = 0;

	while (k < i && !(is_shown(n, &w[k]) && says_the_same(&w[k], &w[i]))) {
		k++;
	}
	return k == i && is_shown(n, &w[i]);
}

static void fill(const struct node *n, unsigned first, struct said_view *ret)
{
	const struct revoke_word *word = n->joining.revoke.word;
	const struct peer *p = peer_find(n, word[first].word.id);
	unsigned needed = revoke_needed(n, word[first].word.id);

	memset(ret, 0, sizeof(*ret));
	ret->id = word[first].word.id;
	ret->revoked = word[first].word.revoked;
	ret->n_needed = needed == UINT_MAX ? 0 : needed;
	if (p) {
		memcpy(ret->name, p->name, sizeof(ret->name));
	}
	for (unsigned k = first; k < n->joining.revoke.n_words; k++) {
		if (is_shown(n, &word[k]) && says_the_same(&word[k], &word[first])) {
			if (ret->n_said < SAID_BY_MAX) {
				ret->by[ret->n_said] = word[k].by;
			}
			ret->n_said++;
		}
	}
}

bool node_said(const struct node *n, size_t i, struct said_view *ret)
{
	for (unsigned k = 0; k < n->joining.revoke.n_words; k++) {
		if (is_first(n, k) && i-- == 0) {
			fill(n, k, ret);
			return true;
		}
	}
	return false;
}
