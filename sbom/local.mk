# The list of what is in the programs, as SPDX 2.3: make sbom; tests/lint/sbom.sh checks it.
EXTRA_DIST += sbom/sbom.pl
CLEANFILES += berkd.spdx.json
sbom: berkd.spdx.json
berkd.spdx.json: $(srcdir)/sbom/sbom.pl berkd berkctl config.status
	$(AM_V_GEN)$(PERL) $(srcdir)/sbom/sbom.pl "$(PACKAGE_VERSION)" "$(berk_build_date)" "$(BERK_MODULES)" \
		berkd berkctl >$@.tmp && mv $@.tmp $@
