# The configuration: never overwritten by make install.
EXTRA_DIST += conf/berkd.conf
berkdexamplesdir = $(docdir)/examples
dist_berkdexamples_DATA = conf/examples/static-peers.conf conf/examples/observe-container.conf \
	conf/examples/reference.conf conf/examples/berkd-textfile.service conf/examples/berkd-textfile.timer \
	conf/alerts.yml conf/grafana.json
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

# Where OpenRC starts it.
EXTRA_DIST += conf/openrc/berkd.in
if !WITH_SYSTEMD
openrcdir = $(sysconfdir)/init.d
nodist_openrc_SCRIPTS = conf/openrc/berkd
CLEANFILES += conf/openrc/berkd
conf/openrc/berkd: $(srcdir)/conf/openrc/berkd.in Makefile
	$(AM_V_GEN)$(MKDIR_P) conf/openrc && $(SED) -e 's|@sbindir[@]|$(sbindir)|g' $(srcdir)/conf/openrc/berkd.in >$@ && chmod +x $@
endif

# Packages for Debian, in the folder deb: see HACKING.md.  Their date is that of the last commit.
deb_files = conf/debian/berkctl.install conf/debian/berkd-exporter.install conf/debian/berkd.docs conf/debian/berkd.install conf/debian/berkd.postinst \
	conf/debian/berkd.postrm conf/debian/berkd.prerm conf/debian/control conf/debian/copyright conf/debian/rules \
	conf/debian/source/format conf/debian/tests/control conf/debian/tests/smoke
EXTRA_DIST += conf/deb.sh $(deb_files)
# The same as RPM packages, in the folder rpm.
RPMBUILD = rpmbuild
EXTRA_DIST += conf/berkd.spec
rpm: dist
	rm -rf rpm && $(RPMBUILD) -tb --define "_topdir $(abs_builddir)/rpm" $(distdir).tar.xz
	@ls rpm/RPMS/*/*.rpm
deb: dist
	date=$${SOURCE_DATE_EPOCH:-$$(git -C $(srcdir) log -1 --format=%ct 2>/dev/null || echo $(berk_build_date))} && \
	$(srcdir)/conf/deb.sh $(distdir).tar.xz $$date deb
	@ls deb/*.deb
