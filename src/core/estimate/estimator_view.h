/* estimator_view.h - what an estimator knows.  Nothing here changes it. */
#pragma once

#include "core/estimate/lesson.h"
#include "core/estimate/sample.h"

struct estimator;

/* The line at our RAW @at, which may be any instant; false, and *@ret is as it was, while there is
 * no exchange. */
bool estimator_at(const struct estimator *, raw_t at, struct estimate *ret);
/* Exchanges since the start, or since all began anew. */
unsigned estimator_count(const struct estimator *);
/* How often the path was seen to change, or all began anew. */
unsigned estimator_routes(const struct estimator *);
/* Does the path seem to have changed?  The next exchanges tell how. */
bool estimator_doubts(const struct estimator *);
/* Was the last exchange that estimator_check() looked at left out? */
bool estimator_odd(const struct estimator *);
/* What the last exchange changed.  Valid until the next estimator_push(). */
const struct lesson *estimator_lesson(const struct estimator *);
