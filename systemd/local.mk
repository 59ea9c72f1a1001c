# Units and what belongs to them.
systemd_in = systemd/berkd.service.in systemd/berkd-clock.service.in systemd/berkd-wait-sync.service.in \
	systemd/berkd-exporter.service.in systemd/berkd.catalog.in
EXTRA_DIST += $(systemd_in) systemd/berkd.sysusers systemd/berkd.tmpfiles systemd/berkd.rules systemd/50-berkd.list \
	systemd/verify.sh systemd/time-daemon-before
CLEANFILES += systemd/berkd.service systemd/berkd-clock.service systemd/berkd-wait-sync.service \
	systemd/berkd-exporter.service systemd/berkd.catalog systemd/berkd.catalog.sed

systemd_subst = $(SED) -e 's|@sbindir[@]|$(sbindir)|g' -e 's|@bindir[@]|$(bindir)|g'
systemd/berkd.service: $(srcdir)/systemd/berkd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && $(systemd_subst) $(srcdir)/systemd/berkd.service.in >$@
systemd/berkd-clock.service: $(srcdir)/systemd/berkd-clock.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && $(systemd_subst) $(srcdir)/systemd/berkd-clock.service.in >$@
systemd/berkd-wait-sync.service: $(srcdir)/systemd/berkd-wait-sync.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && $(systemd_subst) $(srcdir)/systemd/berkd-wait-sync.service.in >$@
systemd/berkd-exporter.service: $(srcdir)/systemd/berkd-exporter.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && $(systemd_subst) $(srcdir)/systemd/berkd-exporter.service.in >$@

# The MESSAGE_IDs are in the tables that the code is made from: of each kind of notice, and of each cause of another line.
ids_in = $(srcdir)/include/berk/notice_table.h $(srcdir)/src/berkd/host/log.h
systemd/berkd.catalog: $(srcdir)/systemd/berkd.catalog.in $(ids_in) Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && cat $(ids_in) | tr -d '\\\n\t' | \
	grep -oE '"[a-z-]+", *"[0-9a-f]{32}"' | $(SED) -E 's/"([a-z-]+)", *"([0-9a-f]{32})"/s|^-- @\1@|-- \2|/' >$@.sed && \
	$(SED) -f $@.sed $(srcdir)/systemd/berkd.catalog.in >$@
all-local: systemd/berkd.catalog

if WITH_UNITS
# With PREFIX/lib beside the unit folder, so that DESTDIR= and distcheck stay inside.
systemdlibdir = $(systemdsystemunitdir)/..
nodist_systemdsystemunit_DATA = systemd/berkd.service systemd/berkd-clock.service systemd/berkd-wait-sync.service
if WITH_EXPORTER
nodist_systemdsystemunit_DATA += systemd/berkd-exporter.service
endif
catalogdir = $(systemdlibdir)/catalog
nodist_catalog_DATA = systemd/berkd.catalog
ntpunitsdir = $(systemdlibdir)/ntp-units.d
dist_ntpunits_DATA = systemd/50-berkd.list

install-data-hook: install-systemd-named
install-systemd-named:
	$(MKDIR_P) $(DESTDIR)$(systemdsystemunitdir)/../../sysusers.d $(DESTDIR)$(systemdsystemunitdir)/../../tmpfiles.d \
		$(DESTDIR)$(systemdsystemunitdir)/../../udev/rules.d
	$(INSTALL_DATA) $(srcdir)/systemd/berkd.sysusers $(DESTDIR)$(systemdsystemunitdir)/../../sysusers.d/berkd.conf
	$(INSTALL_DATA) $(srcdir)/systemd/berkd.tmpfiles $(DESTDIR)$(systemdsystemunitdir)/../../tmpfiles.d/berkd.conf
	$(INSTALL_DATA) $(srcdir)/systemd/berkd.rules $(DESTDIR)$(systemdsystemunitdir)/../../udev/rules.d/70-berkd.rules
uninstall-hook:
	rm -f $(DESTDIR)$(systemdsystemunitdir)/../../sysusers.d/berkd.conf \
		$(DESTDIR)$(systemdsystemunitdir)/../../tmpfiles.d/berkd.conf \
		$(DESTDIR)$(systemdsystemunitdir)/../../udev/rules.d/70-berkd.rules
endif

TESTS += systemd/verify.sh
