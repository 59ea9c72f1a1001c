# berkctl: the admin command.  Its parts that stand alone are a library, for the unit tests.
noinst_LIBRARIES += libberkctl.a
libberkctl_a_CPPFLAGS = $(AM_CPPFLAGS) -DBERKD_CONF='"$(sysconfdir)/berkd/berkd.conf"'
libberkctl_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS) $(SMARTCOLS_CFLAGS) $(QRENCODE_CFLAGS)
# What a program that links libberkctl.a links after it.
# Of libberkshell.a, doctor has the loader of the configuration and a few files of host/ that need no library.
berkctl_libs = libberkctl.a libberkshell.a libberkcore.a libberkcommon.a $(INIH_LIBS) $(SODIUM_LIBS) $(JANSSON_LIBS) $(SMARTCOLS_LIBS) $(QRENCODE_LIBS) -lm
libberkctl_a_SOURCES = \
	src/berkctl/ask.c src/berkctl/berkctl.h src/berkctl/grid.c src/berkctl/grid.h src/berkctl/chat.c src/berkctl/chat.h \
	src/berkctl/check.c src/berkctl/check.h src/berkctl/client.c src/berkctl/client.h \
	src/berkctl/canvas.c src/berkctl/canvas.h src/berkctl/past.c src/berkctl/past.h \
	src/berkctl/plot.c src/berkctl/plot.h src/berkctl/plot_svg.c \
	src/berkctl/cmd_history.c src/berkctl/cmd_plot.c \
	src/berkctl/cmd_members.c src/berkctl/cmd_doctor.c src/berkctl/cmd_keygen.c src/berkctl/cmd_order.c src/berkctl/cmd_revoke.c src/berkctl/cmd_status.c src/berkctl/cmd_trust.c src/berkctl/cmd_wait.c src/berkctl/cmd_watch.c src/berkctl/follow.c src/berkctl/follow.h \
	src/berkctl/doctor/facts.h src/berkctl/doctor/findings.c src/berkctl/doctor/findings.h \
	src/berkctl/doctor/judge.c src/berkctl/doctor/judge.h src/berkctl/doctor/judge_clock.c \
	src/berkctl/doctor/judge_config.c src/berkctl/doctor/judge_daemon.c src/berkctl/doctor/judge_disk.c \
	src/berkctl/doctor/judge_group.c src/berkctl/doctor/judge_net.c src/berkctl/doctor/judge_parts.h \
	src/berkctl/doctor/judge_rtc.c src/berkctl/doctor/judge_stamps.c src/berkctl/doctor/look.c \
	src/berkctl/doctor/look.h src/berkctl/doctor/look_clock.c src/berkctl/doctor/look_config.c \
	src/berkctl/doctor/look_daemon.c src/berkctl/doctor/look_disk.c src/berkctl/doctor/look_file.c src/berkctl/doctor/look_firewall.c \
	src/berkctl/doctor/look_file.h src/berkctl/doctor/look_names.c src/berkctl/doctor/look_net.c \
	src/berkctl/doctor/look_parts.h src/berkctl/doctor/look_pins.c src/berkctl/doctor/look_pins.h \
	src/berkctl/join/introduction.c src/berkctl/join/introduction.h \
	src/berkctl/join/holder.c src/berkctl/join/holder.h src/berkctl/join/invitation.c src/berkctl/join/invitation.h src/berkctl/join/invitation_ask.c \
	src/berkctl/keyfile.c src/berkctl/keyfile.h src/berkctl/join/qr.c src/berkctl/join/qr.h \
	src/berkctl/join/service.c src/berkctl/join/service.h src/berkctl/join/site.c src/berkctl/join/site.h \
	src/berkctl/join/token.c src/berkctl/join/token.h src/berkctl/join/token_take.c src/berkctl/join/welcome.c src/berkctl/join/welcome.h \
	src/berkctl/cmd_invite.c src/berkctl/cmd_join.c src/berkctl/cmd_leave.c src/berkctl/cmd_setup.c \
	src/berkctl/join/takeover.c src/berkctl/join/takeover.h \
	src/berkctl/knocks.c src/berkctl/knocks.h src/berkctl/legend.c src/berkctl/legend.h src/berkctl/member.c src/berkctl/member.h src/berkctl/metrics.c src/berkctl/metrics.h src/berkctl/pinning.c src/berkctl/pinning.h src/berkctl/pins.c src/berkctl/pins.h src/berkctl/spark.c src/berkctl/spark.h src/berkctl/standing.c src/berkctl/standing.h src/berkctl/table.c src/berkctl/table.h \
	src/berkctl/top.c src/berkctl/top.h src/berkctl/top_feed.c src/berkctl/top_feed.h src/berkctl/top_host.c src/berkctl/top_host.h src/berkctl/top_list.c src/berkctl/top_list.h \
	src/berkctl/top_view.c src/berkctl/top_view.h \
	src/berkctl/view.c src/berkctl/view.h \
	src/berkctl/when.c src/berkctl/when.h

bin_PROGRAMS += berkctl
berkctl_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS) $(EDIT_CFLAGS) $(CURSES_CFLAGS)
berkctl_SOURCES = \
	src/berkctl/chat_command.c src/berkctl/chat_plain.c src/berkctl/chat_prompt.c \
	src/berkctl/commands.h src/berkctl/cmd_completion.c src/berkctl/options.c \
	src/berkctl/cmd_chat.c src/berkctl/cmd_version.c src/berkctl/cmd_settime.c src/berkctl/cmd_top.c \
	src/berkctl/main.c
berkctl_LDADD = $(berkctl_libs) $(SODIUM_LIBS) $(EDIT_LIBS) $(CURSES_LIBS)

dist_man_MANS += src/berkctl/berkctl.1
# Made from the table of commands, and kept here so that a build for another machine has them, too.
completions: berkctl$(EXEEXT)
	./berkctl completion bash >$(srcdir)/src/berkctl/berkctl.bash
	./berkctl completion zsh >$(srcdir)/src/berkctl/_berkctl
	./berkctl completion fish >$(srcdir)/src/berkctl/berkctl.fish
.PHONY: completions
completionsdir = $(datadir)/bash-completion/completions
dist_completions_DATA = src/berkctl/berkctl.bash
dist_zshcompletions_DATA = src/berkctl/_berkctl
fishcompletionsdir = $(datadir)/fish/vendor_completions.d
dist_fishcompletions_DATA = src/berkctl/berkctl.fish
