/* phc.h - hardware time stamps as RAW: the interfaces, their PTP hardware clocks (PHC), and when
 * not to believe them. */
#pragma once

#include "berkd/clock/clock.h"
#include "berkd/config/config.h"

struct phc_set;

/* @ret: NULL, and 0, where hardware stamps are not wanted or cannot be used (timestamping = user or
 * kernel, a virtual clock, no ethtool netlink).  -ENOMEM.  The configuration and the clock must
 * outlive the set.  Call before capabilities are dropped: to switch stamps on needs
 * CAP_NET_ADMIN. */
int phc_set_new(const struct config *, struct clock *, struct phc_set **ret);
/* NULL is allowed. */
struct phc_set *phc_set_free(struct phc_set *);
/* Look at the interfaces again.  True when there is a PHC that can be read; always false for NULL.
 * What is new is logged.  Call at start, and when interfaces have come or gone. */
bool phc_set_scan(struct phc_set *);

enum phc_way { PHC_RECEIVED, PHC_SENT };
/* RAW of a hardware stamp (ns by the PHC) on @ifindex, 0: not known; @software: the software stamp
 * of the same packet.  Reads the PHC when it is time for it: 10 us of CPU about once a second.
 * Call as soon as the stamp has come.  Negative errno when the hardware stamp is of no use and
 * @software is to be taken: -ENODEV: no PHC, or not known which; -ERANGE: the two contradict each
 * other or the PHC cannot be read well enough; -EAGAIN, -ESTALE: the PHC is not known (again)
 * yet. */
int phc_set_to_raw(struct phc_set *, unsigned ifindex, int64_t stamp_ns, raw_t software,
		   enum phc_way, raw_t *ret);
