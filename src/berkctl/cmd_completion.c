/* cmd_completion.c - completion for bash, zsh and fish, made from the table of commands.
 *
 * What an argument is, its word in the table says: HOST, FILE, LEVEL, SHELL; a word in small
 * letters is meant as it stands. */
#include "berkctl/commands.h"

#include "berk/notice.h"
#include "common/words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* An option, out of its line of --help. */
struct option_line {
	char letter;			   /* 0: it has none */
	char name[24], value[8], what[80]; /* value: "" for none */
};

/* What the arguments of a command are. */
struct takes {
	bool hosts, many, files;
	char words[64]; /* with a space between two */
};

static const char *copy_word(const char *from, const char *end, char *to, size_t size)
{
	size_t len = strcspn(from, end);

	(void)snprintf(to, size, "%.*s", (int)len, from);
	return from + len;
}

static bool option_at(const struct command *c, size_t i, struct option_line *ret)
{
	const char *line = command_option(c, i), *at = line ? strstr(line, "--") : NULL;

	if (!at) {
		return false;
	}
	*ret = (struct option_line){.letter = (char)(line[2] == '-' ? line[3] : '\0')};
	at = copy_word(at + 2, " ", ret->name, sizeof(ret->name));
	if (isupper((unsigned char)at[1])) {
		at = copy_word(at + 1, " ", ret->value, sizeof(ret->value));
	}
	(void)copy_word(at + strspn(at, " "), "\n", ret->what, sizeof(ret->what));
	return true;
}

static void add_word(struct takes *t, const char *word)
{
	size_t at = strlen(t->words);

	(void)snprintf(t->words + at, sizeof(t->words) - at, "%s%s", at > 0 ? " " : "", word);
}

static void add_argument(struct takes *t, const char *word)
{
	if (strcmp(word, "LEVEL") == 0) {
		for (int level = LEVEL_ERR; level <= LEVEL_DEBUG; level++) {
			add_word(t, words_name(words_level, level));
		}
	} else if (strcmp(word, "SHELL") == 0) {
		add_word(t, "bash zsh fish");
	} else if (islower((unsigned char)word[0])) {
		add_word(t, word);
	}
	t->hosts = t->hosts || strncmp(word, "HOST", 4) == 0;
	t->many = t->many || strcmp(word, "HOST...") == 0;
	t->files = t->files || strcmp(word, "FILE") == 0;
}

/* Options stand in brackets, with their values, or behind a bar: they are no arguments. */
static struct takes takes_of(const struct command *c)
{
	struct takes t = {0};
	char word[32];

	for (const char *at = c->arguments; *at;) {
		if (strncmp(at, "[-", 2) == 0) {
			at += strcspn(at, "]");
		} else if (strchr(" []|", *at)) {
			at++;
		} else {
			at = copy_word(at, " []", word, sizeof(word));
			add_argument(&t, word);
		}
	}
	return t;
}

/* In quotes of the shell: ' inside ends them, and begins them again. */
static void print_quoted(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'') {
			(void)fputs("'\\''", stdout);
		} else {
			(void)putchar(*text);
		}
	}
}

/* The names of the commands that @has, with @between two of them. */
static void print_commands(const struct command *all, bool (*has)(const struct command *),
			   const char *between)
{
	bool first = true;

	for (const struct command *c = all; c->name; c++) {
		if (!has || has(c)) {
			printf("%s%s", first ? "" : between, c->name);
			first = false;
		}
	}
}

static bool has_hosts(const struct command *c)
{
	return takes_of(c).hosts;
}

/* --- bash --- */

static void print_bash_options(const struct command *c)
{
	struct option_line o;

	for (size_t i = 0; option_at(c, i, &o); i++) {
		printf(" --%s", o.name);
	}
}

static void print_bash(const struct command *all)
{
	(void)fputs("# bash completion for berkctl(1): berkctl completion bash\n"
		    "_berkctl()\n{\n"
		    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} "
		    "command= word i\n"
		    "\tlocal commands=\"",
		    stdout);
	print_commands(all, NULL, " ");
	(void)fputs(
		"\"\n\n"
		"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		"\t\tword=${COMP_WORDS[i]}\n"
		"\t\tif [[ $word != -* && ${COMP_WORDS[i - 1]} != --socket && "
		"${COMP_WORDS[i - 1]} != --config && \" $commands \" == *\" $word \"* ]]; then\n"
		"\t\t\tcommand=$word\n\t\t\tbreak\n\t\tfi\n\tdone\n"
		"\tif [[ $prev == --socket || $prev == --config || $prev == --svg ]]; then\n"
		"\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n\t\treturn\n\tfi\n"
		"\tif [[ $cur == -* ]]; then\n\t\tlocal options=\"--json --socket --help\"\n"
		"\t\tcase $command in\n\t\t\"\") options+=\" --version\" ;;\n",
		stdout);
	for (const struct command *c = all; c->name; c++) {
		if (command_option(c, 0)) {
			printf("\t\t%s) options+=\"", c->name);
			print_bash_options(c);
			(void)puts("\" ;;");
		}
	}
	(void)fputs("\t\tesac\n\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
		    "\t\treturn\n\tfi\n"
		    "\t[[ $prev == --host || $prev == --to ]] && command=why\n"
		    "\tcase $command in\n"
		    "\t\"\") COMPREPLY=($(compgen -W \"$commands\" -- \"$cur\")) ;;\n",
		    stdout);
	for (const struct command *c = all; c->name; c++) {
		struct takes t = takes_of(c);

		if (t.words[0]) { /* first, where hosts are meant, too */
			printf("\t%s)\n\t\tif [[ $prev == %s ]]; then\n"
			       "\t\t\tCOMPREPLY=($(compgen -W \"%s\" -- \"$cur\"))\n"
			       "\t\t\treturn\n\t\tfi\n\t\t;;&\n",
			       c->name, c->name, t.words);
		}
		if (t.files) {
			printf("\t%s) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n", c->name);
		}
	}
	(void)putchar('\t');
	print_commands(all, has_hosts, " | ");
	(void)fputs(")\n\t\t# Names come from peers: only what is plainly a name is offered.\n"
		    "\t\tCOMPREPLY=($(compgen -W \"$(berkctl members --json 2>/dev/null |\n"
		    "\t\t\tsed -n 's/^ *\"name\": \"\\([A-Za-z0-9._-]*\\)\",*$/\\1/p')\" -- "
		    "\"$cur\"))\n\t\t;;\n\tesac\n}\ncomplete -F _berkctl berkctl\n",
		    stdout);
}

/* --- zsh --- */

/* A line "(-a --all)"{-a,--all}"[what]:T". */
static void print_zsh_option(const struct option_line *o)
{
	if (o->letter) {
		printf(" '(-%c --%s)'{-%c,--%s}'[", o->letter, o->name, o->letter, o->name);
	} else {
		printf(" '--%s[", o->name);
	}
	print_quoted(o->what);
	(void)putchar(']');
	if (strcmp(o->value, "HOST") == 0) {
		(void)fputs(":host:_berkctl_hosts", stdout);
	} else if (strcmp(o->value, "FILE") == 0 || strcmp(o->value, "PATH") == 0) {
		(void)fputs(":file:_files", stdout);
	} else if (o->value[0]) {
		printf(":%s", o->value);
	}
	(void)putchar('\'');
}

static void print_zsh_command(const struct command *c)
{
	struct takes t = takes_of(c);
	struct option_line o;

	printf("\t%s) more=(", c->name);
	for (size_t i = 0; option_at(c, i, &o); i++) {
		print_zsh_option(&o);
	}
	if (t.words[0]) {
		printf(" '2:word:(%s)'", t.words);
	}
	if (t.hosts) {
		printf(" '%s:host:_berkctl_hosts'", t.many ? "*" : "2");
	}
	(void)puts(t.files ? " '2:file:_files') ;;" : ") ;;");
}

static void print_zsh(const struct command *all)
{
	(void)fputs("#compdef berkctl\n# zsh completion for berkctl(1): berkctl completion zsh\n\n"
		    "_berkctl_commands()\n{\n\tlocal -a commands=(\n",
		    stdout);
	for (const struct command *c = all; c->name; c++) {
		printf("\t\t'%s:", c->name);
		print_quoted(c->what);
		(void)puts("'");
	}
	(void)fputs("\t)\n\t_describe command commands\n}\n\n"
		    "# Names come from peers: only what is plainly a name is offered.\n"
		    "_berkctl_hosts()\n{\n"
		    "\tlocal -a hosts=(${(f)\"$(berkctl members --json 2>/dev/null |\n"
		    "\t\tsed -n 's/^ *\"name\": \"\\([A-Za-z0-9._-]*\\)\",*$/\\1/p')\"})\n"
		    "\tcompadd -a hosts\n}\n\n"
		    "_berkctl()\n{\n\tlocal command i\n\tlocal -a more\n\n"
		    "\tfor ((i = 2; i < CURRENT; i++)); do\n"
		    "\t\tif [[ ${words[i]} != -* && ${words[i - 1]} != --socket && "
		    "${words[i - 1]} != --config ]]; then\n"
		    "\t\t\tcommand=${words[i]}\n\t\t\tbreak\n\t\tfi\n\tdone\n"
		    "\tcase $command in\n"
		    "\t'') more=('--version[print the version of berkctl]') ;;\n",
		    stdout);
	for (const struct command *c = all; c->name; c++) {
		print_zsh_command(c);
	}
	(void)fputs("\tesac\n"
		    "\t_arguments '(-h --help)'{-h,--help}'[usage]' "
		    "'--json[print JSON, for programs]' \\\n"
		    "\t\t'--socket[use this socket of the daemon]:socket:_files' "
		    "'1:command:_berkctl_commands' $more\n}\n\n_berkctl \"$@\"\n",
		    stdout);
}

/* --- fish --- */

static void print_fish_option(const char *command, const struct option_line *o)
{
	printf("complete -c berkctl -n '__berkctl_in%s%s'", command[0] ? " " : "", command);
	if (o->letter) {
		printf(" -s %c", o->letter);
	}
	printf(" -l %s", o->name);
	if (strcmp(o->value, "HOST") == 0) {
		(void)fputs(" -x -a '(__berkctl_hosts)'", stdout);
	} else if (o->value[0]) {
		(void)fputs(strcmp(o->value, "FILE") == 0 ? " -rF" : " -x", stdout);
	}
	(void)fputs(" -d '", stdout);
	print_quoted(o->what);
	(void)puts("'");
}

static void print_fish_command(const struct command *c)
{
	struct takes t = takes_of(c);
	struct option_line o;

	for (size_t i = 0; option_at(c, i, &o); i++) {
		print_fish_option(c->name, &o);
	}
	if (t.words[0]) {
		printf("complete -c berkctl -n '__berkctl_in %s' -a '%s'\n", c->name, t.words);
	}
	if (t.files) {
		printf("complete -c berkctl -n '__berkctl_in %s' -F\n", c->name);
	}
}

static void print_fish(const struct command *all)
{
	(void)fputs("# fish completion for berkctl(1): berkctl completion fish\n\n"
		    "# Names come from peers: only what is plainly a name is offered.\n"
		    "function __berkctl_hosts\n"
		    "\tberkctl members --json 2>/dev/null | "
		    "sed -n 's/^ *\"name\": \"\\([A-Za-z0-9._-]*\\)\",*$/\\1/p'\nend\n\n"
		    "# The command on the line is one of these, or there is none.\n"
		    "function __berkctl_in\n"
		    "\tset -l words (commandline -opc)[2..-1]\n\tset -l command\n"
		    "\twhile set -q words[1]\n\t\tswitch $words[1]\n"
		    "\t\t\tcase --socket --config\n\t\t\t\tset -e words[1]\n"
		    "\t\t\tcase '-*'\n\t\t\tcase '*'\n"
		    "\t\t\t\tset command $words[1]\n\t\t\t\tbreak\n\t\tend\n"
		    "\t\tset -e words[1]\n\tend\n"
		    "\tif test -z \"$argv\"\n\t\ttest -z \"$command\"\n\telse\n"
		    "\t\tcontains -- \"$command\" $argv\n\tend\nend\n\n"
		    "complete -c berkctl -f\n"
		    "complete -c berkctl -l json -d 'print JSON, for programs'\n"
		    "complete -c berkctl -l socket -rF -d 'use this socket of the daemon'\n"
		    "complete -c berkctl -s h -l help -d usage\n\n"
		    "complete -c berkctl -n __berkctl_in -l version "
		    "-d 'print the version of berkctl'\n",
		    stdout);
	for (const struct command *c = all; c->name; c++) {
		printf("complete -c berkctl -n __berkctl_in -a %s -d '", c->name);
		print_quoted(c->what);
		(void)puts("'");
	}
	(void)putchar('\n');
	for (const struct command *c = all; c->name; c++) {
		print_fish_command(c);
	}
	(void)fputs("complete -c berkctl -n '__berkctl_in ", stdout);
	print_commands(all, has_hosts, " ");
	(void)puts("' -a '(__berkctl_hosts)'");
}

int cmd_completion(const struct ctl *ctl)
{
	static const struct {
		const char *shell;
		void (*print)(const struct command *);
	} shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(ctl->argv[0], shells[i].shell) == 0) {
			shells[i].print(ctl->commands);
			return CTL_OK;
		}
	}
	(void)fprintf(stderr, "berkctl: SHELL: read \"%s\": allowed is bash, zsh or fish\n",
		      ctl->argv[0]);
	return CTL_USAGE;
}
