/* test_vmclock.c - a hypervisor moves a virtual machine, and restores it from a snapshot: its
 * daemon finds that out, says so, and joins anew.  /dev is the sandbox's own, and its vmclock0
 * is a file. */
#include "netns/lib/fixture.h"
#include "tests/lib/hypervisor.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define GUEST	0U /* the others run on hardware */
#define DEV	SANDBOX_DIR "/dev"
#define VMCLOCK DEV "/vmclock0"

static struct hypervisor hypervisor;

/* Another /dev, of what is needed.  Daemons that run already go on without a vmclock. */
static void mount_dev(void)
{
	int fd;

	if (mkdir(DEV, 0755) < 0 || mount("tmpfs", DEV, "tmpfs", MS_NOSUID, "mode=0755") < 0 ||
	    (fd = open(DEV "/null", O_WRONLY | O_CREAT | O_CLOEXEC, 0644)) < 0 || close(fd) < 0 ||
	    mount("/dev/null", DEV "/null", NULL, MS_BIND, NULL) < 0) {
		sandbox_die("own /dev");
	}
	hypervisor_begin(&hypervisor, VMCLOCK);
	if (mount(DEV, "/dev", NULL, MS_BIND | MS_REC, NULL) < 0) {
		sandbox_die("/dev");
	}
}

static bool others_run(struct group *g, void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < g->n; i++) {
		if (i != GUEST && !host_logged(&g->host[i], "Running with clock driver")) {
			return false;
		}
	}
	return true;
}

static void start_guest_and_hosts(struct group *g)
{
	for (unsigned i = 0; i < g->n; i++) {
		if (i != GUEST) {
			host_start(&g->host[i]);
		}
	}
	wait_until(g, others_run, NULL); /* they have found no vmclock */
	mount_dev();
	host_start(&g->host[GUEST]);
}

static bool guest_says(struct group *g, void *what)
{
	char said[ASK_TEXT_MAX];

	return strcmp(status_text(&g->host[GUEST], "interruption", said), what) == 0;
}

static void join_is_told_with_its_reason(struct group *g, const char *word, const char *text)
{
	const struct host *h = &g->host[GUEST];

	wait_until(g, guest_says, (void *)(uintptr_t)word);
	assert_true(host_logged(h, text));
	wait_until(g, group_is_settled, NULL);
	assert_true(status_int(h, "interrupted_ago_ns") > 0);
	assert_bounds_hold(g, GROUP_ALL);
	for (unsigned i = 0; i < g->n; i++) {
		assert_true(i == GUEST || !host_logged(&g->host[i], "Interrupted: "));
	}
}

static void migration_is_a_join_that_is_named(struct group *g)
{
	assert_true(guest_says(g, (void *)(uintptr_t) ""));
	hypervisor_change(&hypervisor, VM_MARKER, 8);
	join_is_told_with_its_reason(g, "live-migration", "Interrupted: live migration");
}

static void restored_snapshot_is_a_join_that_is_named(struct group *g)
{
	hypervisor_change(&hypervisor, VM_GENERATION, 4);
	join_is_told_with_its_reason(g, "snapshot-restored", "Interrupted: snapshot restored");
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = 3,
					       .prepare = start_guest_and_hosts,
					       .settled = GROUP_ALL};
	static const struct test tests[] = {
		TEST(migration_is_a_join_that_is_named),
		TEST(restored_snapshot_is_a_join_that_is_named),
	};

	return RUN_TESTS(&fixture, tests);
}
