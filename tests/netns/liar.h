/* liar.h - how berkd-liar sways, for the test that looks for it. See liar.c. */
#pragma once

#define LIAR_SWAY_NS  20e6
#define LIAR_PERIOD_S 16.0
