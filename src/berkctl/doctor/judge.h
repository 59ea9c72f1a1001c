/* judge.h - from what was seen to what is wrong, and what to do: pure. */
#pragma once

#include "berkctl/doctor/facts.h"
#include "berkctl/doctor/findings.h"

/* All that can be said of @facts: an array that the caller frees. */
json_t *doctor_judge(const struct doctor_facts *facts);
