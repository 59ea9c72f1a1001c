/* node.c - from the configuration to what the core needs: limits, group key, pinned keys. */
#include "berkd/config/node.h"

#include "berkd/config/lists.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int complain_of_key(config_report report, void *userdata, const char *file, const char *what,
			   int r)
{
	char message[512];

	(void)snprintf(message, sizeof(message), "%s[group] key_file: %s: %s",
		       r == 0 ? "warning: " : "", file, what);
	report(userdata, message);
	return r;
}

static int read_key_file(const char *file, uint8_t out[32], config_report report, void *userdata)
{
	char text[80];
	struct stat st;
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0) {
		int r = -errno;

		return complain_of_key(report, userdata, file, strerror(-r), r);
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return complain_of_key(report, userdata, file, "not a regular file", -EINVAL);
	}
	if ((st.st_mode & 07) != 0) {
		(void)complain_of_key(report, userdata, file, "others can read it, `chmod o=` it",
				      0);
	}
	ssize_t n = read(fd, text, sizeof(text) - 1);

	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	bool good = config_read_hex_key(text, out);

	sodium_memzero(text, sizeof(text));
	if (!good) {
		return complain_of_key(report, userdata, file,
				       "must hold 64 hex digits, as `berkctl keygen` prints them",
				       -EINVAL);
	}
	return !sodium_is_zero(out, KEY_LEN)
		       ? 0
		       : complain_of_key(report, userdata, file,
					 "a key of zeros is nobody's secret: make one with "
					 "`berkctl keygen`",
					 -EINVAL);
}

int config_to_node(const struct config *c, const uint8_t secret[static 32], struct node_config *ret,
		   config_report report, void *userdata)
{
	memset(ret, 0, sizeof(*ret)); /* a copy here would leave the keys on the stack */
	ret->member_keys = c->n_member_keys ? c->member_keys : NULL;
	ret->n_member_keys = c->n_member_keys;
	ret->master_keys = c->n_master_keys ? c->master_keys : NULL;
	ret->n_master_keys = c->n_master_keys;
	ret->mode = c->mode;
	ret->quorum = c->quorum;
	ret->priority = c->priority;
	ret->poll_ns_min = c->poll_ns_min;
	ret->poll_ns = c->poll_ns;
	ret->precision_ns = c->precision_ns;
	ret->max_drift_ppb = c->max_drift_ppb;
	ret->max_slew_ppb = c->max_slew_ppb;
	ret->step_threshold_ns = c->step_threshold_ns;
	ret->max_correction_ns = c->max_correction_ns;
	ret->max_accumulated_ns = c->max_accumulated_ns;
	ret->max_delay_ns = c->max_delay_ns;
	ret->max_skew_ns = c->max_skew_ns;
	ret->max_liars = c->max_liars;
	ret->forget_ns = c->forget_ns;
	ret->min_hosts = c->min_hosts;
	ret->ignores_leaps = c->leap == 1;
	ret->max_first_step_ns = c->max_first_step_ns;
	ret->discovery = c->discovery;
	memcpy(ret->name, c->node_name, sizeof(ret->name));
	memcpy(ret->secret, secret, KEY_LEN);
	if (c->key_file[0]) {
		int r = read_key_file(c->key_file, ret->group_key, report, userdata);

		if (r < 0) {
			sodium_memzero(ret, sizeof(*ret));
			return r;
		}
	} else {
		report(userdata, "warning: [group] key_file is not set: whoever knows the group's "
				 "name can join "
				 "it; see `berkctl keygen`");
		crypto_generichash(ret->group_key, KEY_LEN, (const uint8_t *)c->group_name,
				   strlen(c->group_name), (const uint8_t *)"berkd open group", 16);
	}
	return 0;
}
