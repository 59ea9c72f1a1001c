/* judge.c - all findings, area after area. */
#include "berkctl/doctor/judge.h"

#include "berkctl/doctor/judge_parts.h"

json_t *doctor_judge(const struct doctor_facts *facts)
{
	json_t *list = json_array();

	judge_config(list, facts);
	judge_daemon(list, facts);
	judge_net(list, facts);
	judge_group(list, facts);
	judge_clock(list, facts);
	judge_stamps(list, facts);
	judge_rtc(list, facts);
	judge_disk(list, facts);
	return list;
}
