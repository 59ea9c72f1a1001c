/* judge_stamps.c - can the NICs, or at least their drivers, stamp packets? */
#include "berkctl/doctor/judge_parts.h"

#include <linux/net_tstamp.h>
#include <string.h>

#define AREA	 "time stamps"
#define SOFTWARE (SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE)
#define HARDWARE (SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_RX_HARDWARE)

static bool can(const struct facts_interface *i, unsigned all)
{
	return (i->stamps & all) == all;
}

static void judge_interface(json_t *list, const struct config *c, const struct facts_interface *i)
{
	bool hardware = can(i, HARDWARE) && i->phc >= 0;

	if (!can(i, SOFTWARE) && !hardware) {
		finding_add(
			list, GRADE_WARNING, AREA, "no-software",
			"The driver of %s does not stamp what is sent, so bounds that go through "
			"it are wider.\n"
			"Take another NIC or driver; in a virtual machine virtio-net of Linux "
			"4.13 or later, or e1000e. See: ethtool -T %s",
			i->name, i->name);
	}
	if (c->timestamping == CONFIG_STAMPS_HARDWARE && !hardware) {
		finding_add(
			list, GRADE_FAILURE, AREA, "no-hardware",
			"[network] timestamping is hardware, but the NIC %s has no stamps of its "
			"own.\n"
			"Set timestamping = auto, or take a NIC with a PTP hardware clock. See: "
			"ethtool -T %s",
			i->name, i->name);
	}
	if (c->timestamping >= CONFIG_STAMPS_AUTO && hardware && !i->phc_there) {
		finding_add(list, GRADE_WARNING, AREA, "no-phc",
			    "The NIC %s has the clock ptp%d, but there is no /dev/ptp%d, so its "
			    "stamps are not used.\n"
			    "Load the module ptp (modprobe ptp), or give the container the device.",
			    i->name, i->phc, i->phc);
	}
	if (c->timestamping >= CONFIG_STAMPS_AUTO && hardware && i->phc_there && !i->phc_readable) {
		finding_add(list, GRADE_WARNING, AREA, "phc-shut",
			    "The user %s may not read /dev/ptp%d, the clock of the NIC %s, so its "
			    "stamps are not used.\n"
			    "Allow it: echo 'SUBSYSTEM==\"ptp\", GROUP=\"%s\", MODE=\"0640\"' "
			    ">/etc/udev/rules.d/60-berkd-ptp.rules && udevadm control --reload && "
			    "udevadm trigger, and then systemctl restart berkd",
			    c->user, i->phc, i->name, c->user);
	}
}

void judge_stamps(json_t *list, const struct doctor_facts *facts)
{
	const struct config *c = &facts->config.config;
	const char *grade = c->timestamping == CONFIG_STAMPS_USER ? "not wanted" : "there";
	size_t n = 0;

	for (size_t i = 0; i < facts->net.n_interfaces; i++) {
		const struct facts_interface *k = &facts->net.interface[i];

		if (k->up && k->has_stamps && judge_uses(c, k)) {
			n++;
			if (c->timestamping != CONFIG_STAMPS_USER) {
				judge_interface(list, c, k);
			}
		}
	}
	if (findings_have(list, AREA)) {
		return;
	}
	if (n == 0) {
		finding_add(list, GRADE_UNKNOWN, AREA, "stamps",
			    "No NIC that is up has told what time stamps it can give.\n"
			    "See for each: ethtool -T INTERFACE");
	} else {
		finding_add(list, GRADE_OK, AREA, "stamps",
			    "Time stamps of the kernel or of the NIC are %s on each of %zu "
			    "interfaces.",
			    grade, n);
	}
}
