/* phc_find.c - ETHTOOL_MSG_TSINFO_GET by libnl, and the SIOCGHWTSTAMP and SIOCSHWTSTAMP ioctls.
 *
 * Interfaces are asked one by one: a dump names every clock an interface could use (Linux 6.14),
 * a request only the one it does use.
 */
#include "berkd/clock/phc_find.h"

#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct phc_finder {
	struct nl_sock *sock;
	int family;
	int found; /* by the request under way */
};

/* PHC_NONE is -1 as -EPERM would be, which is why there is none here. */
static int errno_from_nl(int r)
{
	switch (-r) {
	case NLE_NODEV:
		return -ENODEV;
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_OPNOTSUPP:
		return -EOPNOTSUPP;
	case NLE_NOMEM:
		return -ENOMEM;
	default:
		return -EIO;
	}
}

static int on_reply(struct nl_msg *msg, void *userdata)
{
	struct phc_finder *f = userdata;
	struct nlattr *a[ETHTOOL_A_TSINFO_MAX + 1];

	if (genlmsg_parse(nlmsg_hdr(msg), 0, a, ETHTOOL_A_TSINFO_MAX, NULL) == 0 &&
	    a[ETHTOOL_A_TSINFO_PHC_INDEX] &&
	    nla_len(a[ETHTOOL_A_TSINFO_PHC_INDEX]) == (int)sizeof(uint32_t)) {
		f->found = (int)nla_get_u32(a[ETHTOOL_A_TSINFO_PHC_INDEX]);
	}
	return NL_OK;
}

int phc_finder_new(struct phc_finder **ret)
{
	struct phc_finder *f = calloc(1, sizeof(*f));
	int r;

	if (!f) {
		return -ENOMEM;
	}
	f->sock = nl_socket_alloc();
	if (!f->sock) {
		free(f);
		return -ENOMEM;
	}
	r = nl_socket_modify_cb(f->sock, NL_CB_VALID, NL_CB_CUSTOM, on_reply, f);
	r = r < 0 ? r : genl_connect(f->sock);
	r = r < 0 ? r : genl_ctrl_resolve(f->sock, ETHTOOL_GENL_NAME);
	if (r < 0) {
		phc_finder_free(f);
		return errno_from_nl(r);
	}
	f->family = r;
	/* A request is answered by a reply or an error.  An acknowledgement after the reply would
	 * be read as the answer to the next request. */
	nl_socket_disable_auto_ack(f->sock);
	*ret = f;
	return 0;
}

struct phc_finder *phc_finder_free(struct phc_finder *f)
{
	if (f) {
		nl_socket_free(f->sock);
		free(f);
	}
	return NULL;
}

int phc_find(struct phc_finder *f, unsigned ifindex)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct nlattr *header;

	if (!msg) {
		return -ENOMEM;
	}
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, f->family, 0, NLM_F_REQUEST,
			 ETHTOOL_MSG_TSINFO_GET, ETHTOOL_GENL_VERSION) ||
	    !(header = nla_nest_start(msg, ETHTOOL_A_TSINFO_HEADER | NLA_F_NESTED)) ||
	    nla_put_u32(msg, ETHTOOL_A_HEADER_DEV_INDEX, ifindex) < 0) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	nla_nest_end(msg, header);
	f->found = PHC_NONE;
	int r = nl_send_auto(f->sock, msg);

	nlmsg_free(msg);
	r = r < 0 ? r : nl_recvmsgs_default(f->sock);
	return r < 0 ? errno_from_nl(r) : f->found;
}

static bool is_stamping_all(const struct hwtstamp_config *c)
{
	return c->tx_type == HWTSTAMP_TX_ON &&
	       (c->rx_filter == HWTSTAMP_FILTER_ALL || c->rx_filter == HWTSTAMP_FILTER_NTP_ALL);
}

int phc_switch_on(const char *name)
{
	struct hwtstamp_config c = {0};
	struct ifreq request = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), r = 0;

	if (fd < 0) {
		return -errno;
	}
	memcpy(request.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
	request.ifr_data = (char *)&c;
	if (ioctl(fd, SIOCGHWTSTAMP, &request) < 0) {
		r = -errno; /* not known whose it is: hands off */
	} else if (!is_stamping_all(&c)) {
		if (c.tx_type != HWTSTAMP_TX_OFF || c.rx_filter != HWTSTAMP_FILTER_NONE) {
			r = -EBUSY;
		} else {
			c = (struct hwtstamp_config){.tx_type = HWTSTAMP_TX_ON,
						     .rx_filter = HWTSTAMP_FILTER_ALL};
			r = ioctl(fd, SIOCSHWTSTAMP, &request) < 0 ? -errno : 0;
		}
	}
	close(fd);
	return r == -EPERM ? -EACCES : r;
}
