# berk_sbom.m4 - what `make sbom` writes of: the version of each library that may be linked.

# BERK_SBOM: after BERK_LIBRARIES.  A new library is a word here, and a row of sbom/sbom.pl, which has its licence and
# its supplier; tests/lint/sbom.sh demands both of all that the programs link.
AC_DEFUN([BERK_SBOM], [
	AC_PATH_PROG([PERL], [perl], [perl])
	AC_SUBST([BERK_MODULES])
	m4_foreach_w([berk_module], [libsodium libsystemd libnl-3.0 libnl-route-3.0 libnl-genl-3.0 jansson smartcols libqrencode
		ncursesw inih libedit libcap-ng libseccomp libmicrohttpd], [
		berk_version=`$PKG_CONFIG --modversion berk_module 2>/dev/null` &&
			BERK_MODULES="$BERK_MODULES berk_module=$berk_version"])])
