/* doctor_host.h - a host in good health, as `berkctl doctor` sees it: files below a folder, and what
 * daemon and kernel say. */
#pragma once

#include "berkctl/doctor/judge.h"
#include "berkctl/doctor/look.h"

/* What /proc says of a process that root has started. */
#define PROCESS_OF_ROOT "Name:\t-\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n"

struct doctor_host {
	char root[64]; /* the folder; its file berkd.conf is the configuration */
	char config[128];
	struct doctor_facts *facts; /* after doctor_host_look() */
	json_t *list;		    /* and the findings, after doctor_host_judge() */
};

/* The files of a healthy host. */
void doctor_host_open(struct doctor_host *);
void doctor_host_close(struct doctor_host *);
/* Write the file @path below the root, with the folders that it lies in; @text as for printf. */
void doctor_host_write(const struct doctor_host *, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same, behind what is there. */
void doctor_host_append(const struct doctor_host *, const char *path, const char *text);
void doctor_host_remove(const struct doctor_host *, const char *path);
/* A path below the root; each call takes the place of the last. */
const char *doctor_host_path(const struct doctor_host *, const char *path);

/* See the files, and put in the place of this machine's network, kernel and daemon those of a
 * healthy host. */
void doctor_host_look(struct doctor_host *);
/* Then judge. */
void doctor_host_judge(struct doctor_host *);
