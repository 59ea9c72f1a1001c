/* judge_parts.h - what judge.c puts together: pure, each file one area. */
#pragma once

#include "berkctl/doctor/facts.h"
#include "berkctl/doctor/findings.h"

/* In the order in which they are told; each adds to @list. */
void judge_config(json_t *list, const struct doctor_facts *);
void judge_daemon(json_t *list, const struct doctor_facts *);
void judge_net(json_t *list, const struct doctor_facts *);
void judge_group(json_t *list, const struct doctor_facts *);
void judge_clock(json_t *list, const struct doctor_facts *);
void judge_stamps(json_t *list, const struct doctor_facts *);
void judge_rtc(json_t *list, const struct doctor_facts *);
void judge_disk(json_t *list, const struct doctor_facts *);

/* Does berkd listen and look for others on this interface?  Without `interfaces`: on all but
 * loopback. */
bool judge_uses(const struct config *, const struct facts_interface *);
