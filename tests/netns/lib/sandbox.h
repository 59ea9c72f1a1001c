/* sandbox.h - private namespaces for a whole test program: nothing that the program does touches
 * the machine, and no process or file of it outlives it.
 *
 * The program becomes process 2 of private pid, net, mount, UTS and IPC namespaces.  Process 1
 * is a small reaper with a time limit; when the test ends or dies in any way, process 1 ends
 * too, and the kernel then kills every daemon, removes every link and forgets every file (/run
 * is a private tmpfs). CAP_SYS_TIME is given away first, for good: no daemon under test, however
 * wrong, can set the machine's clock.
 */
#pragma once

#define SANDBOX_SKIP 77 /* automake: skipped */
#define SANDBOX_DIR  "/run/netns-test"

/* Returns in the new process, whose folder SANDBOX_DIR is empty.  Without the right to make
 * namespaces the program ends with SANDBOX_SKIP and a reason.  After @limit_s seconds, or when the
 * exit status is a failure, the ends of all files SANDBOX_DIR/<host>/log are shown.
 * In the environment: BERK_NETNS_DIR=DIR keeps the files in DIR; BERK_NETNS_DEBUG=1 makes daemons
 * log at debug level. */
void sandbox_enter(unsigned limit_s);

/* A failure of the harness itself, not of what is under test: say it and end with 99. */
_Noreturn void sandbox_die(const char *format, ...) __attribute__((format(printf, 1, 2)));
