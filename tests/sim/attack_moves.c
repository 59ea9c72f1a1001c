/* attack_moves.c - the moves of a run's attackers, as options, verbose lines and figures. */
#include "core/node/state.h"
#include "tests/sim/attack.h"
#include "tests/traitor/traitor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WORDS "words"

static const char *name_of(unsigned k)
{
	return k == MOVE_MAX_ ? WORDS : move_name((enum move)k);
}

bool attack_take_moves(void *mask, const char *text)
{
	unsigned *ret = mask;

	for (*ret = 0; *text;) {
		size_t len = strcspn(text, ",");
		unsigned k = 0;

		while (k <= MOVE_MAX_ &&
		       (strlen(name_of(k)) != len || strncmp(name_of(k), text, len) != 0)) {
			k++;
		}
		if (k > MOVE_MAX_) {
			(void)fprintf(stderr, "berksim: --moves: no move is called \"%.*s\"\n",
				      (int)len, text);
			return false;
		}
		*ret |= 1U << k;
		text += len + (text[len] == ',');
	}
	return true;
}

void attack_print_moves(unsigned mask)
{
	const char *before = " --moves ";

	for (unsigned k = 0; k <= MOVE_MAX_ && mask != (MOVES_ALL | MOVES_WORDS); k++) {
		if (mask >> k & 1) {
			printf("%s%s", before, name_of(k));
			before = ",";
		}
	}
}

static void tell(struct traitor *t, enum move k)
{
	const struct world *w = t->user;
	const struct stretch *v = &t->move[k];

	printf("%14.6f -- the traitor %s for %.1f s (%s", (double)w->now / 1e9, move_text(k),
	       (double)mono_sub(v->ends, t->now) / 1e9, move_name(k));
	if (k == MOVE_PROOFS || k == MOVE_CALLS) {
		printf(", to h%u", host_of_addr(&t->node->store.peers[v->victim].addr));
	}
	printf(", kind %u, share %.2f, whom %" PRIx64 ")\n", v->kind, v->share, v->whom);
}

void attack_listen(struct world *w)
{
	the_traitor.user = w;
	the_traitor.tell = w->verbose ? tell : NULL;
}

void attack_count_moves(struct moves_count *ret)
{
	for (unsigned k = 0; k < MOVE_MAX_; k++) {
		ret->n_begun[k] = the_traitor.move[k].n_begun;
		ret->n_sent[k] = the_traitor.move[k].n_sent;
		ret->n_arrived[k] = the_traitor.move[k].n_arrived;
	}
}

void attack_print_counts(const struct moves_count *c)
{
	printf("moves that arrived:");
	for (unsigned k = 0; k < MOVE_MAX_; k++) {
		printf("%s %s %" PRIu64 " of %" PRIu64, k ? "," : "", move_name((enum move)k),
		       c->n_arrived[k], c->n_sent[k]);
	}
	printf("\n");
}
