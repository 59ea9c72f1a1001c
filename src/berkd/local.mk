# libberkshell.a: everything of the daemon but main(), so that tests and fuzz targets can link it.
noinst_LIBRARIES += libberkshell.a
berkd_cppflags = $(AM_CPPFLAGS) -I$(top_builddir)/src -DBERKD_CONF='"$(sysconfdir)/berkd/berkd.conf"'
berkd_cflags = $(AM_CFLAGS) -pthread $(SYSTEMD_CFLAGS) $(NL_CFLAGS) $(SODIUM_CFLAGS) $(INIH_CFLAGS) \
	$(JANSSON_CFLAGS) $(CAPNG_CFLAGS) $(SECCOMP_CFLAGS)
# What a program that links libberkshell.a links after it.
berkshell_libs = libberkshell.a libberkcommon.a libberkcore.a $(SYSTEMD_LIBS) $(NL_LIBS) $(SODIUM_LIBS) $(INIH_LIBS) \
	$(JANSSON_LIBS) $(CAPNG_LIBS) $(SECCOMP_LIBS) -lpthread -lm

libberkshell_a_CPPFLAGS = $(berkd_cppflags)
libberkshell_a_CFLAGS = $(berkd_cflags)
libberkshell_a_SOURCES = \
	src/berkd/config/config.c src/berkd/config/config.h src/berkd/config/key.h \
	src/berkd/config/doubts.c src/berkd/config/doubts.h \
	src/berkd/config/keys.c src/berkd/config/keys.h src/berkd/config/lists.c \
	src/berkd/config/lists.h src/berkd/config/load.c src/berkd/config/load.h \
	src/berkd/config/group_key.c src/berkd/config/group_key.h src/berkd/config/node.c src/berkd/config/node.h src/berkd/config/reload.c \
	src/berkd/config/reload.h src/berkd/config/values.c src/berkd/config/values.h \
	src/berkd/host/as_user.c src/berkd/host/as_user.h \
	src/berkd/host/chat_file.c src/berkd/host/chat_file.h \
	src/berkd/host/history_block.c src/berkd/host/history_block.h src/berkd/host/history_bytes.h \
	src/berkd/host/history_entry.c src/berkd/host/history_entry.h \
	src/berkd/host/history_file.c src/berkd/host/history_file.h \
	src/berkd/host/history_read.c src/berkd/host/history_read.h \
	src/berkd/host/history_thin.c src/berkd/host/history_thin.h \
	src/berkd/host/hand_over.c src/berkd/host/hand_over.h \
	src/berkd/host/sanitized.h src/berkd/host/syscalls.c src/berkd/host/syscalls.h \
	src/berkd/host/event_missing.h src/berkd/host/floor.c src/berkd/host/floor.h \
	src/berkd/host/identity.c src/berkd/host/identity.h \
	src/berkd/host/host_clock.c src/berkd/host/host_clock.h src/berkd/host/log.c \
	src/berkd/host/log.h src/berkd/host/notify.c \
	src/berkd/host/notify.h src/berkd/host/privilege.c src/berkd/host/privilege.h \
	src/berkd/host/saver.c src/berkd/host/saver.h \
	src/berkd/host/saved_budget.c src/berkd/host/saved_budget.h \
	src/berkd/host/saved_line.c src/berkd/host/saved_line.h \
	src/berkd/host/saved_revoked.c src/berkd/host/saved_revoked.h \
	src/berkd/host/saved_table.c src/berkd/host/saved_table.h \
	src/berkd/host/table_keeper.c src/berkd/host/table_keeper.h \
	src/berkd/host/unread.c src/berkd/host/unread.h \
	src/berkd/host/worker.c src/berkd/host/worker.h \
	src/berkd/host/machine.c src/berkd/host/machine.h \
	src/berkd/host/rival.c src/berkd/host/rival.h src/berkd/host/rtc.c src/berkd/host/rtc.h src/berkd/host/state.c \
	src/berkd/host/state.h src/berkd/host/state_load.c \
	src/berkd/host/state_private.h src/berkd/host/state_file.c src/berkd/host/state_file.h \
	src/berkd/clock/clock.h src/berkd/clock/kernel.c src/berkd/clock/observe.c \
	src/berkd/clock/phc.c src/berkd/clock/phc.h src/berkd/clock/phc_device.c \
	src/berkd/clock/phc_device.h src/berkd/clock/phc_find.c src/berkd/clock/phc_find.h \
	src/berkd/clock/phc_private.h src/berkd/clock/phc_track.c src/berkd/clock/phc_track.h \
	src/berkd/clock/setter.c src/berkd/clock/setter.h \
	src/berkd/clock/gate.c src/berkd/clock/gate.h src/berkd/clock/owed.c src/berkd/clock/owed.h \
	src/berkd/clock/permit.c src/berkd/clock/permit.h \
	src/berkd/clock/timescale.c src/berkd/clock/timescale.h src/berkd/clock/virtual.c \
	src/berkd/clock/vmclock.c src/berkd/clock/vmclock.h src/berkd/clock/watch.c src/berkd/clock/watch.h \
	src/berkd/net/absent.c src/berkd/net/absent.h \
	src/berkd/net/asymmetry.c src/berkd/net/asymmetry.h src/berkd/net/link.c \
	src/berkd/net/link.h src/berkd/net/lookup.c src/berkd/net/lookup.h \
	src/berkd/net/multicast.c src/berkd/net/multicast.h src/berkd/net/names.c \
	src/berkd/net/names.h src/berkd/net/resolver.c src/berkd/net/resolver.h \
	src/berkd/net/sockaddr.h src/berkd/net/udp.c src/berkd/net/udp.h \
	src/berkd/net/udp_filter.c src/berkd/net/udp_filter.h \
	src/berkd/net/udp_packet.c src/berkd/net/udp_packet.h src/berkd/net/udp_private.h \
	src/berkd/net/udp_socket.c src/berkd/net/udp_socket.h src/berkd/net/udp_stamps.c \
	src/berkd/net/udp_stamps.h \
	src/berkd/control/control.c src/berkd/control/control.h \
	src/berkd/control/control_private.h src/berkd/control/grant.h src/berkd/control/hosts.c \
	src/berkd/control/hosts.h src/berkd/control/json.c src/berkd/control/json.h \
	src/berkd/control/history.c src/berkd/control/history.h \
	src/berkd/control/knocks.c src/berkd/control/knocks.h \
	src/berkd/control/order.c src/berkd/control/order.h src/berkd/control/status.c \
	src/berkd/control/status.h src/berkd/control/stream.c src/berkd/control/stream.h \
	src/berkd/control/trust.c src/berkd/control/trust.h \
	src/berkd/control/varlink.c src/berkd/control/varlink.h src/berkd/control/varlink_call.c \
	src/berkd/control/varlink_call.h src/berkd/control/varlink_client.c \
	src/berkd/control/varlink_client.h src/berkd/control/varlink_dispatch.c \
	src/berkd/control/varlink_dispatch.h src/berkd/control/varlink_message.c \
	src/berkd/control/varlink_message.h src/berkd/control/varlink_private.h \
	src/berkd/control/views.c src/berkd/control/views.h \
	src/berkd/control/wait.c src/berkd/control/wait.h \
	src/berkd/chat_saver.c src/berkd/chat_saver.h \
	src/berkd/contacts.c src/berkd/contacts.h src/berkd/daemon.c src/berkd/daemon.h \
	src/berkd/history.c src/berkd/history.h src/berkd/history_saver.c src/berkd/history_saver.h \
	src/berkd/held.c src/berkd/held.h src/berkd/steer.c src/berkd/steer.h \
	src/berkd/grants.c src/berkd/grants.h \
	src/berkd/daemon_private.h src/berkd/disk.c src/berkd/disk.h src/berkd/daemon_reload.c src/berkd/daemon_reload.h \
	src/berkd/effects.c src/berkd/effects.h src/berkd/feed.c src/berkd/feed.h

# The interface, as the text that GetInterfaceDescription gives.
EXTRA_DIST += src/berkd/control/net.berkd.varlink
CLEANFILES += src/berkd/control/net.berkd.varlink.h
src/berkd/control/net.berkd.varlink.h: $(srcdir)/src/berkd/control/net.berkd.varlink
	$(AM_V_GEN)$(MKDIR_P) src/berkd/control && { \
	echo '/* Made from net.berkd.varlink. */' && echo 'static const char net_berkd_varlink[] =' && \
	sed -e 's/[\\"]/\\&/g' -e 's/^/	"/' -e 's/$$/\\n"/' $(srcdir)/src/berkd/control/net.berkd.varlink && \
	echo '	;'; } >$@.tmp && mv $@.tmp $@
src/berkd/control/libberkshell_a-control.$(OBJEXT): src/berkd/control/net.berkd.varlink.h

sbin_PROGRAMS += berkd
berkd_SOURCES = src/berkd/main.c
berkd_CPPFLAGS = $(berkd_cppflags)
berkd_CFLAGS = $(berkd_cflags)
berkd_LDADD = $(berkshell_libs)
dist_man_MANS += src/berkd/berkd.8
