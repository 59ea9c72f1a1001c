/* lose.c - a radio for the tests in shell: packets that arrive at an interface of the caller's
 * network namespace are lost at random, until this program is ended.  lose INTERFACE SHARE */
#include "netns/lib/net.h"

#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct netns here;

	if (argc != 3) {
		return 2;
	}
	netns_here(&here);
	(void)net_lose(&here, argv[1], strtod(argv[2], NULL));
	return pause();
}
