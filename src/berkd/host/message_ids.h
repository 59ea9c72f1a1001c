/* message_ids.h - the journal's MESSAGE_ID of each notice that has one; systemd/berkd.catalog
 * explains them. */
#pragma once

#include "berk/notice.h"

static const char *const message_ids[NOTICE_MAX_] = {
	[NOTICE_BECAME_MASTER] = "8fd2c7d880614b0caa53cc1b52bc7b5d",
	[NOTICE_FOLLOWS_MASTER] = "a2966e771fa44ff6be5d7574592e36cc",
	[NOTICE_DEPUTY_NAMED] = "1f593fdd844542e7bc25f7b75e733133",
	[NOTICE_MEMBER_JOINED] = "1f718c12bbbc415abd55ffc3bc185b07",
	[NOTICE_MEMBER_LEFT] = "3835606790e446c084d13cfcb32906e5",
	[NOTICE_MEMBER_EXCLUDED] = "7e08392b787f452c990adc26cf8ce930",
	[NOTICE_MEMBER_READMITTED] = "1826cf2d30b04f8697169b31dbfb8d38",
	[NOTICE_STEP] = "eeb3e9c9747446898afc337e3bd54c45",
	[NOTICE_CLOCK_INTERFERENCE] = "c0e7bcb2371d44a28124f50dae09387b",
	[NOTICE_SUSPENDED] = "059e694a25284938b457354c807c9f4d",
	[NOTICE_BOUND_EXCEEDED] = "3f6df996fa1f49c2a7a61678213a418c",
	[NOTICE_LIMIT_TRIPPED] = "4dee2abd8d174be98914adfbf79f4c8c",
};
