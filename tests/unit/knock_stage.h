/* knock_stage.h - one node, and puppets that it has not met, of which some may knock: for tests
 * of who is missing and who is refused. */
#pragma once

#include "tests/world/stage.h"

#define N_TABLE	 3 /* members that the node has room for */
#define STRANGER 3 /* the last puppet */

/* The last notice of somebody refused that people see, and how many there were. */
extern struct notice told;
extern unsigned n_told;
/* Multicasts of the node. */
extern unsigned n_calls;

/* A node of that configuration, with discovery; for cmocka's @state. */
struct stage *opened_as(void **state, struct node_config);
struct stage *opened(void **state);
int teardown(void **state);
mono_t now_of(const struct stage *);
/* The address of puppet @k is in the configuration. */
void configure(struct stage *, unsigned k);
/* What is at the address of puppet @k, which is configured. */
struct knock_view contact_of(const struct stage *, unsigned k);
enum knock state_of(const struct stage *, unsigned k);
/* Rows of those refused. */
size_t n_refused(const struct stage *);
/* The one that was refused last: puppet @k, for that reason. */
struct knock_view assert_refused(const struct stage *, unsigned k, enum knock why);
/* Puppet @k has the key of another group. */
void give_other_key(struct stage *, unsigned k);
/* Puppet @k says HELLO, or multicasts. */
void call(struct stage *, unsigned k);
void call_all(struct stage *, unsigned k);
