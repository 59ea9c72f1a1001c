/* look.h - collects what judge.h judges: files, the daemon's answers, the kernel's. */
#pragma once

#include "berkctl/doctor/facts.h"
#include "berkctl/doctor/look_file.h"

/* See all; it takes some seconds at most.  NULL: no memory. */
struct doctor_facts *look_around(const struct look_at *);
struct doctor_facts *facts_free(struct doctor_facts *);
