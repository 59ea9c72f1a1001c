/* plot_svg.c - the history as a script for gnuplot, which reads it from memory and writes to a
 * pipe: there is no file that somebody else could put in the way, and what is drawn is written to
 * its place once it is whole.
 *
 * Names are text of others: they stand in single quotes, where gnuplot knows one escape, and are
 * drawn without its own mark-up.  All figures are whole numbers, whatever the locale is. */
#include "berkctl/plot.h"

#include "berk/time.h"
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HEIGHT_OF_HOST 170
#define PICTURE_MAX    (32U << 20) /* bytes */
#define PIECE	       65536

/* --- The script --- */

struct picture {
	const struct past *past;
	int64_t scale_ns[PAST_HOSTS_MAX + 1]; /* of each host; 0: it is not drawn */
	size_t n, first;		      /* that are drawn, and the first of them */
};

static struct picture choose_hosts(const struct past *past)
{
	struct picture p = {.past = past};
	bool clipped;

	for (size_t i = past->n_host; i-- > 0;) {
		p.scale_ns[i] = plot_scale_ns(&past->host[i], &clipped);
		if (p.scale_ns[i] > 0) {
			p.n++;
			p.first = i;
		}
	}
	return p;
}

static void put_quoted(FILE *out, const char *text)
{
	(void)fputc('\'', out);
	for (; *text; text++) {
		(void)fputs(*text == '\'' ? "''" : (char[]){*text, '\0'}, out);
	}
	(void)fputc('\'', out);
}

/* Seconds on the local clock: gnuplot shows what it is given as if it were UTC. */
static void put_time(FILE *out, int64_t at_ns)
{
	time_t t = (time_t)(at_ns / NS_PER_S);
	struct tm tm = {0};

	(void)localtime_r(&t, &tm);
	fprintf(out, "%" PRId64 ".%03d", (int64_t)t + tm.tm_gmtoff,
		(int)(ns_abs(at_ns % NS_PER_S) / NS_PER_MS));
}

enum role_drawn { ROLE_DRAWN_NONE, ROLE_DRAWN_DEPUTY, ROLE_DRAWN_MASTER };

static void put_data(FILE *out, const struct past *past, size_t host)
{
	const struct past_host *h = &past->host[host];

	fprintf(out, "$h%zu << EOD\n", host);
	for (size_t i = 0; i < h->n; i++) {
		const struct past_point *p = &h->point[i];
		int64_t bound = ns_max(p->bound_ns, 0);

		if (!p->known) {
			continue;
		}
		if (!plot_is_joined(past, h, i)) {
			(void)fputc('\n', out);
		}
		put_time(out, p->at_ns);
		fprintf(out, " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %d\n", p->lo_ns,
			p->hi_ns, ns_sub(p->lo_ns, bound), ns_add(p->hi_ns, bound),
			p->master   ? ROLE_DRAWN_MASTER
			: p->deputy ? ROLE_DRAWN_DEPUTY
				    : ROLE_DRAWN_NONE);
	}
	(void)fputs("EOD\n", out);
}

static void put_event(FILE *out, const struct past_event *e, bool named)
{
	char text[2 * VIEW_MAX + 2], host[VIEW_MAX], word[VIEW_MAX];

	(void)snprintf(text, sizeof(text), "%s%s%s", named ? view_host(e->j, host) : "",
		       named ? ": " : "", view_text(e->j, "event", "?", word));
	(void)fputs("set arrow from '", out);
	put_time(out, e->at_ns);
	(void)fputs("', graph 0 to '", out);
	put_time(out, e->at_ns);
	(void)fputs("', graph 1 nohead lc rgb '#b04a00' dt 3\nset label ", out);
	put_quoted(out, text);
	(void)fputs(" at '", out);
	put_time(out, e->at_ns);
	(void)fputs("', graph 0.97 rotate by 90 right offset -0.6,0 noenhanced font ',8' tc "
		    "rgb '#b04a00'\n",
		    out);
}

/* Events of the host; and, in the first picture, of those who have none, by name. */
static void put_events(FILE *out, const struct picture *p, size_t host)
{
	(void)fputs("unset arrow\nunset label\n", out);
	for (size_t i = 0; i < p->past->n_event; i++) {
		const struct past_event *e = &p->past->event[i];
		bool drawn = p->scale_ns[e->host] > 0;

		if (drawn ? e->host == host : host == p->first) {
			put_event(out, e, !drawn);
		}
	}
}

/* Of the columns of put_data(), in the order in which they cover each other.  A role is a line at
 * 0. */
struct curve {
	int column[2]; /* 0: none */
	enum role_drawn role;
	const char *with, *title;
};

static const struct curve curves[] = {
	{{4, 5}, ROLE_DRAWN_NONE, "filledcurves fc rgb '#cfe0f2'", "bound"},
	{{2, 3}, ROLE_DRAWN_NONE, "filledcurves fc rgb '#7fa8d1'", ""},
	{{3}, ROLE_DRAWN_NONE, "lines lw 1.5 lc rgb '#1f4e79'", "offset"},
	{{0}, ROLE_DRAWN_MASTER, "lines lw 3 lc rgb '#2e7d32'", "master"},
	{{0}, ROLE_DRAWN_DEPUTY, "lines lw 3 dt 2 lc rgb '#2e7d32'", "deputy"},
};

static void put_curve(FILE *out, const struct curve *c, int64_t unit_ns, bool titled)
{
	(void)fputs("using 1", out);
	for (size_t i = 0; i < 2 && c->column[i] > 0; i++) {
		fprintf(out, ":($%d/%" PRId64 ".)", c->column[i], unit_ns);
	}
	if (c->role) {
		fprintf(out, ":($6 == %d ? 0 : NaN)", (int)c->role);
	}
	fprintf(out, " with %s ", c->with);
	(void)fputs(titled && c->title[0] ? "title " : "notitle ", out);
	put_quoted(out, c->title);
}

static void put_host(FILE *out, const struct picture *p, size_t host)
{
	static const struct {
		int64_t ns;
		const char *name;
	} units[] = {{1, "ns"}, {NS_PER_US, "us"}, {NS_PER_MS, "ms"}, {NS_PER_S, "s"}};
	const struct past_host *h = &p->past->host[host];
	int64_t scale = p->scale_ns[host];
	size_t u = 0;

	if (scale == 0) {
		return;
	}
	while (u + 1 < sizeof(units) / sizeof(units[0]) && scale >= units[u + 1].ns) {
		u++;
	}
	put_data(out, p->past, host);
	put_events(out, p, host);
	(void)fputs("set title ", out);
	put_quoted(out, h->name);
	fprintf(out,
		" noenhanced\nset ylabel '%s'\nset yrange [-%" PRId64 "/%" PRId64 ".:%" PRId64
		"/%" PRId64 ".]\n",
		units[u].name, scale, units[u].ns, scale, units[u].ns);
	fprintf(out, "plot $h%zu ", host);
	for (size_t k = 0; k < sizeof(curves) / sizeof(curves[0]); k++) {
		(void)fputs(k > 0 ? ", '' " : "", out);
		put_curve(out, &curves[k], units[u].ns, host == p->first);
	}
	(void)fputc('\n', out);
}

static void put_script(FILE *out, const struct picture *p)
{
	const struct past *past = p->past;

	fprintf(out,
		"set encoding utf8\nset terminal svg size 960,%zu dynamic font 'sans,11' "
		"background "
		"'white'\nset xdata time\nset timefmt '%%s'\nset format x '%s'\nset grid lc rgb "
		"'#dddddd'\nset key at graph 1, graph 1.17 right horizontal samplen 2 font ',9'\n"
		"set xrange ['",
		p->n * HEIGHT_OF_HOST + 20,
		ns_sub(past->until_ns, past->since_ns) > 86400 * NS_PER_S ? "%m-%d %H:%M"
									  : "%H:%M:%S");
	put_time(out, past->since_ns);
	(void)fputs("':'", out);
	put_time(out, past->until_ns);
	fprintf(out, "']\nset multiplot layout %zu,1\n", p->n);
	for (size_t i = 0; i < past->n_host; i++) {
		put_host(out, p, i);
	}
	(void)fputs("unset multiplot\n", out);
}

/* The script in memory, to be read from its beginning; negative errno. */
static int make_script(const struct picture *p)
{
	int fd = memfd_create("plot", MFD_CLOEXEC);
	FILE *out = fd < 0 ? NULL : fdopen(dup(fd), "w");

	if (!out) {
		int r = -errno;

		if (fd >= 0) {
			close(fd);
		}
		return r;
	}
	put_script(out, p);
	if (fclose(out) != 0 || lseek(fd, 0, SEEK_SET) < 0) {
		close(fd);
		return -ENOMEM;
	}
	return fd;
}

/* --- gnuplot --- */

static int start_gnuplot(int script, int out, pid_t *ret)
{
	/* -d: no start-up file of whoever calls. */
	char name[] = "gnuplot", defaults[] = "-d", input[] = "-";
	char *const argv[] = {name, defaults, input, NULL};
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error != 0) {
		return -error;
	}
	error = posix_spawn_file_actions_adddup2(&actions, script, STDIN_FILENO);
	error = error ? error : posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	error = error ? error : posix_spawnp(ret, argv[0], &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	return -error;
}

/* All that comes, from malloc(); negative errno. */
static int read_picture(int fd, char **ret, size_t *ret_len)
{
	size_t size = 0, got = PIECE;

	*ret = NULL;
	*ret_len = 0;
	while (got == PIECE) {
		char *grown = size < PICTURE_MAX ? realloc(*ret, size + PIECE) : NULL;

		if (!grown) {
			return size < PICTURE_MAX ? -ENOMEM : -EFBIG;
		}
		*ret = grown;
		size += PIECE;
		int r = file_read_all(fd, *ret + *ret_len, PIECE, &got);

		if (r < 0) {
			return r;
		}
		*ret_len += got;
	}
	return 0;
}

/* Have gnuplot draw; negative errno, or its exit status. */
static int draw(int script, char **ret, size_t *ret_len)
{
	int ends[2], status = 0;
	pid_t pid = -1;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		return -errno;
	}
	int r = start_gnuplot(script, ends[1], &pid);

	close(ends[1]);
	if (r == 0) {
		r = read_picture(ends[0], ret, ret_len);
	}
	close(ends[0]); /* if it is still writing, it ends by that */
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	return r < 0 ? r : WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

/* Beside, and then in its place: where there is no room, the old one stays. */
static int write_picture(const char *file, const char *text, size_t len)
{
	if (strcmp(file, "-") == 0) {
		return file_write_all(STDOUT_FILENO, text, len);
	}
	const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
	char *folder = slash ? strndup(file, (size_t)(name - file)) : strdup(".");
	int dir = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int r = !folder ? -ENOMEM : dir < 0 ? -errno : 0;
	mode_t mask = umask(0);

	(void)umask(mask);
	r = r < 0 ? r : file_replace(dir, name, text, len, 0666 & ~mask);
	if (dir >= 0) {
		close(dir);
	}
	free(folder);
	return r;
}

int plot_svg(const struct past *past, const char *file)
{
	struct picture p = choose_hosts(past);
	char *picture = NULL;
	size_t len = 0;

	if (p.n == 0) {
		(void)fputs("berkctl: no offset of that time is known: nothing can be drawn\n",
			    stderr);
		return CTL_FAILED;
	}
	int script = make_script(&p), r = script;

	if (script >= 0) {
		r = draw(script, &picture, &len);
		close(script);
	}
	if (r == -ENOENT) {
		(void)fputs("berkctl: gnuplot, which draws pictures, is not installed: apt-get "
			    "install gnuplot-nox\n",
			    stderr);
	} else if (r > 0) {
		(void)fprintf(stderr, "berkctl: gnuplot failed with exit status %d\n", r);
	} else if (r < 0) {
		(void)fprintf(stderr, "berkctl: gnuplot cannot be run: %s\n", strerror(-r));
	} else {
		r = write_picture(file, picture, len);
		if (r < 0) {
			(void)fprintf(stderr, "berkctl: %s cannot be written: %s\n", file,
				      r == -EINVAL
					      ? "it is a link, or no file (- is standard output)"
					      : strerror(-r));
		}
	}
	free(picture);
	return r == 0 ? CTL_OK : CTL_FAILED;
}
