/* test_file.c - a file that is replaced as a whole: its rights stay, and nothing is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/xattr.h>
#include <unistd.h>

static char dir[64];
static int dir_fd;
static unsigned n_files, n_folders; /* that were brought to the disk */
static int fails;		    /* this many, counted down, and then one does not */

/* Instead of the C library's. */
int fsync(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	*(S_ISDIR(st.st_mode) ? &n_folders : &n_files) += 1;
	if (fails > 0 && --fails == 0) {
		errno = EIO;
		return -1;
	}
	return 0;
}

static const char *in_dir(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void write_old(const char *name)
{
	FILE *f = fopen(in_dir(name), "we");

	assert_non_null(f);
	assert_true(fputs("old", f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void assert_holds(const char *name, const char *wanted)
{
	char text[64];
	size_t len;

	assert_int_equal(file_read(in_dir(name), text, sizeof(text) - 1, &len), 0);
	text[len] = '\0';
	assert_string_equal(text, wanted);
}

/* How many names there are. */
static unsigned count_names(void)
{
	DIR *d = opendir(dir);
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d)) {
		n++;
	}
	closedir(d);
	return n - 2;
}

static int replace(const char *name)
{
	return file_replace(dir_fd, name, "new", 3, 0644);
}

static void a_new_file_has_its_mode_whatever_the_umask(void **state)
{
	struct stat st;
	mode_t old = umask(077);

	(void)state;
	assert_int_equal(replace("f"), 0);
	(void)umask(old);
	assert_holds("f", "new");
	assert_int_equal(stat(in_dir("f"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(count_names(), 1);
	assert_int_equal(n_files, 1);
	assert_int_equal(n_folders, 1);
}

static void owner_and_mode_stay(void **state)
{
	struct stat st;

	(void)state;
	write_old("f");
	if (geteuid() == 0) {
		assert_int_equal(chown(in_dir("f"), 1234, 5678), 0);
	}
	assert_int_equal(chmod(in_dir("f"), 0640), 0);
	assert_int_equal(replace("f"), 0);
	assert_holds("f", "new");
	assert_int_equal(stat(in_dir("f"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	if (geteuid() == 0) {
		assert_int_equal(st.st_uid, 1234);
		assert_int_equal(st.st_gid, 5678);
	}
}

/* user::rw-, user:1234:r--, group::---, mask::r--, other::--- */
static void its_access_list_stays(void **state)
{
	static const uint8_t acl[] = {2,   0,	0,   0,	  1,   0,    6,	 0,   255, 255, 255,
				      255, 2,	0,   4,	  0,   0xd2, 4,	 0,   0,   4,	0,
				      0,   0,	255, 255, 255, 255,  16, 0,   4,   0,	255,
				      255, 255, 255, 32,  0,   0,    0,	 255, 255, 255, 255};
	uint8_t got[64];

	(void)state;
	write_old("f");
	if (setxattr(in_dir("f"), "system.posix_acl_access", acl, sizeof(acl), 0) < 0) {
		skip(); /* a file system without them */
	}
	assert_int_equal(replace("f"), 0);
	assert_int_equal(getxattr(in_dir("f"), "system.posix_acl_access", got, sizeof(got)),
			 sizeof(acl));
	assert_memory_equal(got, acl, sizeof(acl));
}

static void a_failure_leaves_the_old_file_and_nothing_else(void **state)
{
	struct rlimit none = {0, RLIM_INFINITY}, was;

	(void)state;
	write_old("f");
	fails = 1; /* the file does not get to the disk */
	assert_int_equal(replace("f"), -EIO);
	assert_holds("f", "old");
	assert_int_equal(count_names(), 1);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	none.rlim_max = was.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0); /* there is no room */
	int r = replace("f");

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(r, -EFBIG);
	assert_holds("f", "old");
	assert_int_equal(count_names(), 1);
	fails = 2; /* the folder does not */
	assert_int_equal(replace("f"), -EIO);
	assert_int_equal(count_names(), 1);
}

static void what_a_crash_left_is_no_hindrance(void **state)
{
	(void)state;
	write_old(".f.new");
	assert_int_equal(replace("f"), 0);
	assert_holds("f", "new");
	assert_int_equal(count_names(), 1);
}

static void no_link_is_followed_or_replaced(void **state)
{
	(void)state;
	write_old("g");
	assert_int_equal(symlink("g", in_dir("f")), 0);
	assert_int_equal(replace("f"), -EINVAL);
	assert_holds("g", "old");
	assert_int_equal(symlink("g", in_dir(".f.new")), 0); /* nor where it is written beside */
	assert_int_equal(unlink(in_dir("f")), 0);
	assert_int_equal(replace("f"), 0);
	assert_holds("g", "old");
	assert_int_equal(mkfifo(in_dir("p"), 0600), 0);
	assert_int_equal(replace("p"), -EINVAL);
	assert_int_equal(count_names(), 3);
}

/* A link in /tmp may be anybody's; one in a folder of our own is ours. */
static void a_folder_is_opened_only_where_nobody_else_writes(void **state)
{
	char link[80];
	int fd = file_open_folder(dir);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	(void)snprintf(link, sizeof(link), "%s.link", dir);
	assert_int_equal(symlink(dir, link), 0);
	assert_int_equal(file_open_folder(link), -ENOTDIR);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(mkdir(in_dir("d"), 0700), 0);
	assert_int_equal(symlink("d", in_dir("l")), 0);
	fd = file_open_folder(in_dir("l"));
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(chmod(in_dir("d"), 0777), 0);
	assert_int_equal(file_open_folder(in_dir("d")), -EPERM);
	if (geteuid() == 0) {
		assert_int_equal(chmod(in_dir("d"), 0700), 0);
		assert_int_equal(chown(in_dir("d"), 1234, 0), 0);
		assert_int_equal(file_open_folder(in_dir("d")), -EPERM);
	}
	assert_int_equal(rmdir(in_dir("d")), 0);
	assert_int_equal(file_open_folder(in_dir("d")), -ENOENT);
}

static int open_dir(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/berk-test-file.XXXXXX");
	n_files = n_folders = 0;
	fails = 0;
	dir_fd = mkdtemp(dir) ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	return dir_fd < 0 ? -1 : 0;
}

static int close_dir(void **state)
{
	static const char *const names[] = {"f", "g", "l", "p", ".f.new"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)unlink(in_dir(names[i]));
	}
	close(dir_fd);
	return rmdir(dir);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_dir, close_dir)
	const struct CMUnitTest tests[] = {
		TEST(a_new_file_has_its_mode_whatever_the_umask),
		TEST(owner_and_mode_stay),
		TEST(its_access_list_stays),
		TEST(a_failure_leaves_the_old_file_and_nothing_else),
		TEST(what_a_crash_left_is_no_hindrance),
		TEST(no_link_is_followed_or_replaced),
		TEST(a_folder_is_opened_only_where_nobody_else_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
