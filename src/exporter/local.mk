# berkd-exporter: the figures of berkd by HTTP, for Prometheus and for a browser.
if WITH_EXPORTER
sbin_PROGRAMS += berkd-exporter
man_MANS += src/exporter/berkd-exporter.8
endif
berkd_exporter_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_builddir)/src
berkd_exporter_CFLAGS = $(AM_CFLAGS) -pthread $(JANSSON_CFLAGS) $(SYSTEMD_CFLAGS) $(MICROHTTPD_CFLAGS)
berkd_exporter_SOURCES = \
	src/exporter/accept.c src/exporter/accept.h src/exporter/guests.c src/exporter/guests.h \
	src/exporter/history.c src/exporter/history.h \
	src/exporter/listen.c src/exporter/listen.h \
	src/exporter/main.c src/exporter/sampler.c src/exporter/sampler.h src/exporter/say.c src/exporter/say.h \
	src/exporter/store.c src/exporter/store.h src/exporter/web.c src/exporter/web.h
berkd_exporter_LDADD = libberkctl.a libberkcommon.a $(JANSSON_LIBS) $(SYSTEMD_LIBS) $(MICROHTTPD_LIBS) -lpthread
EXTRA_DIST += src/exporter/berkd-exporter.8 $(exporter_pages)

# What it serves, as strings: page_html, page_css, page_js, page_svg.
exporter_pages = src/exporter/page.html src/exporter/page.css src/exporter/page.js src/exporter/page.svg
CLEANFILES += src/exporter/pages.h
src/exporter/pages.h: $(exporter_pages)
	$(AM_V_GEN)$(MKDIR_P) src/exporter && { \
	echo '/* pages.h - made from page.html and its like. */' && \
	for type in html css js svg; do \
		echo "static const char page_$$type[] =" && \
		sed -e 's/[\\"]/\\&/g' -e 's/^/	"/' -e 's/$$/\\n"/' $(srcdir)/src/exporter/page.$$type && echo '	;' || exit; \
	done; } >$@.tmp && mv $@.tmp $@
src/exporter/berkd_exporter-web.$(OBJEXT): src/exporter/pages.h
