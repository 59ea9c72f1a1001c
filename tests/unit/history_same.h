/* history_same.h - two entries of the history are the same in each of their members. */
#pragma once

#include "berkd/host/history_block.h"

/* Call in a test, behind cmocka.h. */
#define assert_same_entry(a, b)                                                                    \
	do {                                                                                       \
		const struct history_entry *a_ = (a), *b_ = (b);                                   \
                                                                                                   \
		assert_int_equal(a_->kind, b_->kind);                                              \
		assert_true(a_->wall_ns == b_->wall_ns);                                           \
		assert_int_equal(a_->boot_s, b_->boot_s);                                          \
		assert_true(a_->life == b_->life);                                                 \
		assert_true(a_->host == b_->host);                                                 \
		assert_string_equal(a_->name, b_->name);                                           \
		assert_int_equal(a_->flags, b_->flags);                                            \
		assert_int_equal(a_->state, b_->state);                                            \
		assert_true(a_->offset_ns == b_->offset_ns);                                       \
		assert_true(a_->bound_ns == b_->bound_ns);                                         \
		assert_true(a_->freq_ppb == b_->freq_ppb);                                         \
		assert_true(a_->delay_ns == b_->delay_ns);                                         \
		assert_int_equal(a_->level, b_->level);                                            \
		assert_string_equal(a_->word, b_->word);                                           \
		assert_string_equal(a_->text, b_->text);                                           \
	} while (0)
