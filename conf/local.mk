# The configuration: never overwritten by make install.
EXTRA_DIST += conf/berkd.conf conf/examples/static-peers.conf conf/examples/observe-container.conf \
	conf/examples/reference.conf
berkdexamplesdir = $(docdir)/examples
dist_berkdexamples_DATA = conf/examples/static-peers.conf conf/examples/observe-container.conf \
	conf/examples/reference.conf
dist_man_MANS += conf/berkd.conf.5

install-data-local: install-berkd-conf
install-berkd-conf:
	$(MKDIR_P) $(DESTDIR)$(sysconfdir)/berkd/berkd.conf.d
	test -e $(DESTDIR)$(sysconfdir)/berkd/berkd.conf || \
		$(INSTALL_DATA) $(srcdir)/conf/berkd.conf $(DESTDIR)$(sysconfdir)/berkd/berkd.conf

uninstall-local: uninstall-berkd-conf
uninstall-berkd-conf:
	cmp -s $(srcdir)/conf/berkd.conf $(DESTDIR)$(sysconfdir)/berkd/berkd.conf && \
		rm -f $(DESTDIR)$(sysconfdir)/berkd/berkd.conf || :
	rmdir $(DESTDIR)$(sysconfdir)/berkd/berkd.conf.d $(DESTDIR)$(sysconfdir)/berkd 2>/dev/null || :
