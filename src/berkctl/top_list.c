/* top_list.c - see top_list.h.  Which columns fit is found out first. */
#include "berkctl/top_list.h"

#include "berkctl/member.h"

#include <stdio.h>
#include <string.h>

#define GAP	    2  /* between two columns */
#define NAME_MIN    8  /* columns of a name, or fewer where all are shorter */
#define NAME_FIRST  12 /* that a name has before a column is left out */
#define N_FIGURES   5  /* of MEMBER_BASIC: role to delay */
#define SPARK_FIRST 8
#define SPARK_MOST  60

enum column { ROLE, STATE, OFFSET, BOUND, DELAY, OFFSETS, BOUNDS, COLUMNS };

struct layout {
	size_t mark, name;
	size_t width[COLUMNS]; /* 0: it is left out */
};

/* Figures change each second: columns that are as wide as most figures do not dance. */
static const size_t width_min[N_FIGURES] = {6, 7, 9, 8, 8};

static size_t max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t total(const struct layout *l)
{
	size_t sum = l->mark + l->name;

	for (size_t i = 0; i < COLUMNS; i++) {
		sum += l->width[i] > 0 ? GAP + l->width[i] : 0;
	}
	return sum;
}

static const char *name_of(const struct top_host *h, char buf[static CELL_MAX])
{
	char name[VIEW_MAX], own[CELL_MAX];

	(void)snprintf(buf, CELL_MAX, "%s", terminal_text(view_host(h->member, name), own));
	return buf;
}

/* As wide as all that is there wants to be; the names alone. */
static struct layout measure(const struct top *t, size_t *ret_name)
{
	struct layout l = {.mark = 1, .width = {[OFFSETS] = SPARK_FIRST, [BOUNDS] = SPARK_FIRST}};
	char text[VIEW_MAX], name[CELL_MAX];

	*ret_name = sizeof("HOST") - 1;
	memcpy(l.width, width_min, sizeof(width_min));
	for (size_t i = 0; i < t->n_hosts; i++) {
		const json_t *m = t->host[i]->member;
		size_t width = grid_width(name_of(t->host[i], name));

		*ret_name = max_size(*ret_name, width);
		for (size_t k = 0; k < N_FIGURES; k++) {
			const struct member_figure *f = &member_parts[MEMBER_BASIC][k];

			l.width[k] = max_size(l.width[k], grid_width(f->text(m, f->key, text)));
		}
	}
	return l;
}

/* What a narrow screen leaves out comes first; name and offset always stay. */
static struct layout layout_of(const struct top *t, size_t columns)
{
	static const enum column by_need[] = {DELAY, BOUNDS, ROLE, OFFSETS, STATE, BOUND};
	size_t longest;
	struct layout l = measure(t, &longest);

	l.name = longest < NAME_FIRST ? longest : NAME_FIRST;
	for (size_t i = 0; i < sizeof(by_need) / sizeof(by_need[0]) && total(&l) > columns; i++) {
		l.width[by_need[i]] = 0;
		l.mark = l.width[ROLE] ? 1 : 2;
	}
	while (total(&l) > columns && l.name > NAME_MIN) {
		l.name--;
	}
	while (total(&l) < columns && l.name < longest) {
		l.name++;
	}
	while (total(&l) < columns && l.width[OFFSETS] > 0 && l.width[OFFSETS] < SPARK_MOST) {
		l.width[OFFSETS]++;
		if (l.width[BOUNDS] > 0 && total(&l) < columns) {
			l.width[BOUNDS]++;
		}
	}
	return l;
}

static void draw_heads(struct grid *c, const struct layout *l, size_t row)
{
	size_t x = l->mark + l->name;

	(void)grid_put(c, row, l->mark, l->name, COLOUR_BOLD, "HOST");
	for (size_t i = 0; i < COLUMNS; i++) {
		const char *head = i == OFFSETS ? "OFFSETS" : "BOUNDS";

		if (l->width[i] == 0) {
			continue;
		}
		if (i < N_FIGURES) {
			head = member_parts[MEMBER_BASIC][i].head;
		}
		x += GAP;
		if (head[0] == '>') {
			grid_put_right(c, row, x, l->width[i], COLOUR_BOLD, head + 1);
		} else {
			(void)grid_put(c, row, x, l->width[i], COLOUR_BOLD, head);
		}
		x += l->width[i];
	}
}

static void draw_figure(struct grid *c, const struct member_figure *f, const json_t *m,
			const struct spark_box *box)
{
	char text[VIEW_MAX];
	enum colour colour = member_figure_colour(f, m);

	if (f->head[0] == '>') {
		grid_put_right(c, box->row, box->column, box->columns, colour,
			       f->text(m, f->key, text));
	} else {
		(void)grid_put(c, box->row, box->column, box->columns, colour,
			       f->text(m, f->key, text));
	}
}

static void draw_spark(const struct top *t, struct grid *c, const struct top_host *h,
		       const int64_t *ring, const struct spark_box *box)
{
	int64_t v[TOP_SAMPLES];

	top_samples(t, h, ring, box->columns, v);
	spark_draw(c, box, v, box->columns, t->blocks);
}

static void draw_host(const struct top *t, struct grid *c, const struct layout *l, size_t row,
		      const struct top_host *h)
{
	bool self = view_true(h->member, "self");
	char name[CELL_MAX];
	struct spark_box box = {.row = row, .column = l->mark + l->name, .rows = 1};

	(void)grid_put(c, row, 0, 1, COLOUR_BOLD, self ? "*" : " ");
	if (l->mark > 1) {
		bool deputy = view_true(h->member, "deputy");
		const char *mark = view_true(h->member, "master") ? "M" : deputy ? "D" : " ";

		(void)grid_put(c, row, 1, 1, COLOUR_BOLD, mark);
	}
	(void)grid_put(c, row, l->mark, l->name, self ? COLOUR_BOLD : COLOUR_NONE,
		       name_of(h, name));
	for (size_t i = 0; i < COLUMNS; i++) {
		if (l->width[i] == 0) {
			continue;
		}
		box.column += GAP;
		box.columns = l->width[i];
		if (i < N_FIGURES) {
			draw_figure(c, &member_parts[MEMBER_BASIC][i], h->member, &box);
		} else {
			draw_spark(t, c, h, i == OFFSETS ? h->offset_ns : h->bound_ns, &box);
		}
		box.column += l->width[i];
	}
}

void top_draw_list(struct top *t, struct grid *c, size_t row, size_t n_rows)
{
	const struct layout l = layout_of(t, c->columns);
	size_t n_lines = n_rows > 1 ? n_rows - 1 : 0;
	char text[VIEW_MAX];

	if (t->n_left_out > 0 && n_lines > 1) {
		n_lines--;
		(void)snprintf(text, sizeof(text), "%zu more hosts: top shows %d at most",
			       t->n_left_out, TOP_HOSTS_MAX);
		(void)grid_put(c, row + 1 + n_lines, 0, c->columns, COLOUR_WARN, text);
	}
	if (n_lines == 0) {
		return;
	}
	draw_heads(c, &l, row);
	top_show_chosen(t, n_lines);
	for (size_t i = 0; i < n_lines && t->first + i < t->n_hosts; i++) {
		draw_host(t, c, &l, row + 1 + i, t->host[t->first + i]);
		if (t->host[t->first + i] == top_chosen(t)) {
			grid_reverse(c, row + 1 + i);
		}
	}
}
