# The list of what is in the programs, as SPDX 2.3: make sbom; tests/lint/sbom.sh checks it.
EXTRA_DIST += sbom/sbom.pl
CLEANFILES += berkd.spdx.json
sbom: berkd.spdx.json
# All that are installed.
sbom_programs = $(bin_PROGRAMS) $(sbin_PROGRAMS)
berkd.spdx.json: $(srcdir)/sbom/sbom.pl $(sbom_programs) config.status
	$(AM_V_GEN)$(PERL) $(srcdir)/sbom/sbom.pl "$(PACKAGE_VERSION)" "$(berk_build_date)" "$(BERK_MODULES)" \
		$(sbom_programs) >$@.tmp && mv $@.tmp $@
