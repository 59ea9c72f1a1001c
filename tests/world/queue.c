/* queue.c - a binary heap on (time, sequence): the sequence makes the order total, hence a replay.
 */
#include "tests/world/queue.h"

#include <stdlib.h>

static bool comes_before(const struct happening *a, const struct happening *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

void queue_fini(struct queue *q)
{
	free(q->heap);
	*q = (struct queue){0};
}

void queue_push(struct queue *q, struct happening h)
{
	if (q->n == q->max) {
		q->max = q->max ? 2 * q->max : 1024;
		q->heap = realloc(q->heap, q->max * sizeof(*q->heap));
		if (!q->heap) {
			abort();
		}
	}
	h.order = q->order++;
	size_t i = q->n++;

	for (; i > 0 && comes_before(&h, &q->heap[(i - 1) / 2]); i = (i - 1) / 2) {
		q->heap[i] = q->heap[(i - 1) / 2];
	}
	q->heap[i] = h;
}

bool queue_pop(struct queue *q, int64_t until, struct happening *ret)
{
	if (q->n == 0 || q->heap[0].at > until) {
		return false;
	}
	*ret = q->heap[0];
	struct happening last = q->heap[--q->n];
	size_t i = 0;

	for (size_t k = 1; k < q->n; k = 2 * i + 1) {
		k += k + 1 < q->n && comes_before(&q->heap[k + 1], &q->heap[k]);
		if (!comes_before(&q->heap[k], &last)) {
			break;
		}
		q->heap[i] = q->heap[k];
		i = k;
	}
	q->heap[i] = last;
	return true;
}
