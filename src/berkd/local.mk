# libberkshell.a: everything of the daemon but main(), so that tests and fuzz targets can link it.
noinst_LIBRARIES += libberkshell.a
berkd_cppflags = $(AM_CPPFLAGS) -I$(top_builddir)/src -DBERKD_CONF='"$(sysconfdir)/berkd/berkd.conf"'
berkd_cflags = $(AM_CFLAGS) -pthread $(SYSTEMD_CFLAGS) $(NL_CFLAGS) $(SODIUM_CFLAGS) $(INIH_CFLAGS) \
	$(JANSSON_CFLAGS)
# What a program that links libberkshell.a links after it.
berkshell_libs = libberkshell.a libberkcore.a $(SYSTEMD_LIBS) $(NL_LIBS) $(SODIUM_LIBS) $(INIH_LIBS) \
	$(JANSSON_LIBS) -lpthread -lm

libberkshell_a_CPPFLAGS = $(berkd_cppflags)
libberkshell_a_CFLAGS = $(berkd_cflags)
libberkshell_a_SOURCES = \
	src/berkd/asymmetry.c src/berkd/asymmetry.h src/berkd/clock.h src/berkd/clock_kernel.c src/berkd/clock_observe.c src/berkd/clock_virtual.c \
	src/berkd/clock_watch.c src/berkd/clock_watch.h src/berkd/config.c src/berkd/config.h \
	src/berkd/config_keys.c src/berkd/config_keys.h src/berkd/config_node.c \
	src/berkd/rival.c src/berkd/rival.h src/berkd/message_ids.h \
	src/berkd/control.c src/berkd/control_order.c src/berkd/control_private.h \
	src/berkd/control_status.c src/berkd/control_stream.c \
	src/berkd/daemon.c src/berkd/daemon.h src/berkd/effects.c src/berkd/link.c src/berkd/link.h \
	src/berkd/log.c src/berkd/log.h src/berkd/multicast.c src/berkd/multicast.h src/berkd/notify.c \
	src/berkd/notify.h src/berkd/privilege.c src/berkd/privilege.h src/berkd/resolver.c \
	src/berkd/phc.c src/berkd/phc.h src/berkd/phc_device.c src/berkd/phc_device.h \
	src/berkd/phc_find.c src/berkd/phc_find.h src/berkd/phc_private.h src/berkd/phc_track.c \
	src/berkd/phc_track.h src/berkd/resolver.h src/berkd/sockaddr.h src/berkd/state.c src/berkd/state.h \
	src/berkd/timescale.c src/berkd/timescale.h src/berkd/udp.c src/berkd/udp.h \
	src/berkd/udp_packet.c src/berkd/udp_private.h src/berkd/varlink.c src/berkd/varlink.h \
	src/berkd/varlink_message.c src/common/text.c src/common/text.h

# The interface, as the text that GetInterfaceDescription gives.
EXTRA_DIST += src/berkd/net.berkd.varlink
CLEANFILES += src/berkd/net.berkd.varlink.h
src/berkd/net.berkd.varlink.h: $(srcdir)/src/berkd/net.berkd.varlink
	$(AM_V_GEN)$(MKDIR_P) src/berkd && { \
	echo '/* Made from net.berkd.varlink. */' && echo 'static const char net_berkd_varlink[] =' && \
	sed -e 's/[\\"]/\\&/g' -e 's/^/	"/' -e 's/$$/\\n"/' $(srcdir)/src/berkd/net.berkd.varlink && \
	echo '	;'; } >$@.tmp && mv $@.tmp $@
src/berkd/libberkshell_a-control.$(OBJEXT): src/berkd/net.berkd.varlink.h

sbin_PROGRAMS += berkd
berkd_SOURCES = src/berkd/main.c
berkd_CPPFLAGS = $(berkd_cppflags)
berkd_CFLAGS = $(berkd_cflags)
berkd_LDADD = $(berkshell_libs)
dist_man_MANS += src/berkd/berkd.8
