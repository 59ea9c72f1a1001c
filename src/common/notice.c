/* notice.c - see notice.h. */
#include "common/notice.h"

#include "berk/reason.h"
#include "berk/term.h"
#include "common/format.h"
#include "common/text.h"
#include "common/words.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX				4 /* of a text within a text */

/* --- The table --- */

#define NOTICE_TYPE(TYPE, type, words_, texts_) {sizeof(type), words_, texts_},
static const struct {
	size_t size;
	const char *const *words, *const *texts; /* NULL: a figure; the word itself says it */
} types[] = {NOTICE_TYPES(NOTICE_TYPE)};
#undef NOTICE_TYPE

struct kind {
	const char *word, *message_id, *text;
	struct notice_field fields[NOTICE_FIELDS_MAX];
};

#define NOTICE_FIELD(kind, TYPE, name_)                                                            \
	{#name_, NOTICE_TYPE_##TYPE, offsetof(struct notice, kind.name_)},
#define NOTICE_KIND(KIND, kind, word_, id, text_)                                                  \
	[NOTICE_##KIND] = {.word = (word_),                                                        \
			   .message_id = (id),                                                     \
			   .text = (text_),                                                        \
			   .fields = {NOTICE_FIELDS_##kind(NOTICE_FIELD, kind){.name = NULL}}},
static const struct kind kinds[] = {NOTICES(NOTICE_KIND)};
#undef NOTICE_KIND
#undef NOTICE_FIELD

static const struct kind unknown = {.word = "other", .text = "Something happened"};

static const struct kind *kind_of(enum notice_kind k)
{
	return (unsigned)k < NOTICE_MAX_ ? &kinds[k] : &unknown;
}

const char *notice_word(enum notice_kind k)
{
	return kind_of(k)->word;
}

const char *notice_message_id(enum notice_kind k)
{
	return kind_of(k)->message_id;
}

const struct notice_field *notice_fields(enum notice_kind k)
{
	return kind_of(k)->fields;
}

/* --- Fields --- */

int64_t notice_number(const struct notice *n, const struct notice_field *f)
{
	const char *at = (const char *)n + f->offset;
	uint8_t byte;
	uint32_t narrow;
	int64_t wide;

	switch (types[f->type].size) {
	case sizeof(byte):
		memcpy(&byte, at, sizeof(byte));
		return byte;
	case sizeof(narrow):
		memcpy(&narrow, at, sizeof(narrow));
		return narrow;
	case sizeof(wide):
		memcpy(&wide, at, sizeof(wide));
		return wide;
	default:
		return 1; /* an address is no number, but it is there */
	}
}

const char *notice_raw(const struct notice *n, const struct notice_field *f,
		       char buf[static NOTICE_FIELD_MAX])
{
	const char *const *words = types[f->type].words;
	int64_t v = notice_number(n, f);

	if (f->type == NOTICE_TYPE_ADDR) {
		struct addr a;

		memcpy(&a, (const char *)n + f->offset, sizeof(a));
		return format_addr(&a, buf);
	}
	if (words) {
		(void)snprintf(buf, NOTICE_FIELD_MAX, "%s", words_name(words, (int)v));
	} else if (f->type == NOTICE_TYPE_TERM) {
		(void)snprintf(buf, NOTICE_FIELD_MAX, "%" PRIu64, term_counter((uint64_t)v));
	} else if (f->type == NOTICE_TYPE_ID) {
		(void)snprintf(buf, NOTICE_FIELD_MAX, "%016" PRIx64, (uint64_t)v);
	} else {
		(void)snprintf(buf, NOTICE_FIELD_MAX, "%" PRId64, v);
	}
	return buf;
}

bool notice_full(const struct notice *n, const struct notice_field *f,
		 char ret_name[static NOTICE_FIELD_MAX], char ret[static NOTICE_FIELD_MAX])
{
	if (f->type != NOTICE_TYPE_TERM) {
		return false;
	}
	(void)snprintf(ret_name, NOTICE_FIELD_MAX, "%s_full", f->name);
	(void)snprintf(ret, NOTICE_FIELD_MAX, "%016" PRIx64, (uint64_t)notice_number(n, f));
	return true;
}

/* --- Text --- */

/* A growing text; what does not fit is cut. */
struct writer {
	char *buf;
	size_t size, len;
	const struct notice_hosts *hosts; /* NULL: they are numbers */
};

static void write_bytes(struct writer *w, const char *text, size_t len)
{
	size_t room = w->size - 1 - w->len;

	len = len < room ? len : room;
	memcpy(w->buf + w->len, text, len);
	w->len += len;
	w->buf[w->len] = '\0';
}

bool notice_has_addr(enum notice_kind kind)
{
	const struct notice_field *f = notice_fields(kind);

	while (f->name && f->type != NOTICE_TYPE_ADDR) {
		f++;
	}
	return f->name != NULL;
}

/* A host by its name, or else its number, and where it is. */
static void write_host(struct writer *w, const struct notice *n, node_id id)
{
	const struct notice_hosts *h = w->hosts;
	const char *name = h && h->name_of ? h->name_of(h->from, id) : NULL;
	char text[4 * NODE_NAME_MAX + 1], at[FORMAT_ADDR_MAX];
	struct addr addr;

	if (name && *name) {
		(void)text_escape(name, strnlen(name, NODE_NAME_MAX), text, sizeof(text));
	} else if (id) {
		(void)snprintf(text, sizeof(text), "%016" PRIx64, id);
	} else {
		(void)snprintf(text, sizeof(text), "somebody");
	}
	write_bytes(w, text, strlen(text));
	if (id && h && h->addr_of && !notice_has_addr(n->kind) && h->addr_of(h->from, id, &addr)) {
		format_addr(&addr, at);
		write_bytes(w, " (", 2);
		write_bytes(w, at, strlen(at));
		write_bytes(w, ")", 1);
	}
}

static void write_field(struct writer *w, const struct notice *n, const struct notice_field *f)
{
	char figure[FORMAT_MAX], raw[NOTICE_FIELD_MAX];
	const char *text;
	int64_t v = notice_number(n, f);

	switch (f->type) {
	case NOTICE_TYPE_OFFSET:
		text = format_offset(v, figure);
		break;
	case NOTICE_TYPE_INTERVAL:
		text = format_interval(v, figure);
		break;
	case NOTICE_TYPE_PPB:
		text = format_ppm(v, figure);
		break;
	case NOTICE_TYPE_TERM:
		(void)snprintf(raw, sizeof(raw), "%" PRIu64, term_counter((uint64_t)v));
		text = raw;
		break;
	case NOTICE_TYPE_ID:
		write_host(w, n, (node_id)v);
		return;
	case NOTICE_TYPE_BITS:
		(void)snprintf(raw, sizeof(raw), "0x%" PRIx64, (uint64_t)v);
		text = raw;
		break;
	default:
		text = notice_raw(n, f, raw);
		break;
	}
	write_bytes(w, text, strlen(text));
}

static const struct notice_field *find_field(const struct notice *n, const char *name, size_t len)
{
	const struct notice_field *f = notice_fields(n->kind);

	while (f->name && (strncmp(f->name, name, len) != 0 || f->name[len] != '\0')) {
		f++;
	}
	return f->name ? f : NULL;
}

/* The brace that closes the one before @text. */
static const char *find_end(const char *text, const char *end)
{
	for (unsigned depth = 1; text < end; text++) {
		depth += *text == '{';
		depth -= *text == '}';
		if (depth == 0) {
			return text;
		}
	}
	return end;
}

static void write_text(struct writer *w, const struct notice *n, const char *text, size_t len,
		       unsigned depth);

/* What stands between two braces: see notice_table.h. */
static void write_braced(struct writer *w, const struct notice *n, const char *inner, size_t len,
			 unsigned depth)
{
	size_t name_len = strcspn(inner, "?!}");
	const struct notice_field *f = find_field(n, inner, name_len);
	bool peer = name_len == 4 && strncmp(inner, "peer", 4) == 0;

	if (!f && !peer) { /* misspelt: as it stands, for test_notice finds left-over braces */
		write_bytes(w, inner - 1, len + 2);
		return;
	}
	if (name_len < len) {
		bool is_set = f ? notice_number(n, f) != 0 : n->peer != 0;

		if (is_set == (inner[name_len] == '?')) {
			write_text(w, n, inner + name_len + 1, len - name_len - 1, depth + 1);
		}
	} else if (!f) {
		write_host(w, n, n->peer);
	} else if (types[f->type].texts) { /* what the word means may have fields in it */
		const char *text = words_name(types[f->type].texts, (int)notice_number(n, f));

		write_text(w, n, text, strlen(text), depth + 1);
	} else {
		write_field(w, n, f);
	}
}

static void write_text(struct writer *w, const struct notice *n, const char *text, size_t len,
		       unsigned depth)
{
	const char *end = text + len;

	assert(depth <= DEPTH_MAX);
	while (text < end) {
		const char *brace = memchr(text, '{', (size_t)(end - text));

		if (!brace) {
			write_bytes(w, text, (size_t)(end - text));
			return;
		}
		write_bytes(w, text, (size_t)(brace - text));
		text = find_end(brace + 1, end);
		write_braced(w, n, brace + 1, (size_t)(text - brace - 1), depth);
		text++;
	}
}

const char *notice_text_of(const struct notice *n, const struct notice_hosts *hosts, char *buf,
			   size_t size)
{
	struct writer w = {.buf = buf, .size = size, .hosts = hosts};
	const char *text = kind_of(n->kind)->text;

	assert(size > 0);
	buf[0] = '\0';
	write_text(&w, n, text, strlen(text), 0);
	return buf;
}

/* Of whom alone the name is known. */
struct named {
	node_id id;
	const char *name;
};

static const char *name_of_one(const void *from, node_id id)
{
	const struct named *one = from;

	return id == one->id ? one->name : NULL;
}

const char *notice_text(const struct notice *n, const char *name, char *buf, size_t size)
{
	const struct named one = {n->peer, name};
	const struct notice_hosts hosts = {.name_of = name_of_one, .from = &one};

	return notice_text_of(n, &hosts, buf, size);
}
