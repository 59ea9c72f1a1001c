# berk_sbom.m4 - what `make sbom` writes of: each library that configure found, and its version.

# BERK_LIBRARY(PREFIX, MODULES): as PKG_CHECK_MODULES, of what is linked into an installed program.  Licence and
# supplier of each stand in sbom/sbom.pl; tests/lint/sbom.sh demands that they do.
AC_DEFUN([BERK_LIBRARY], [
	PKG_CHECK_MODULES([$1], [$2])
	m4_foreach_w([berk_word], [$2], [m4_bmatch(m4_defn([berk_word]), [^[a-z]], [
		BERK_MODULES="$BERK_MODULES m4_defn([berk_word])=`$PKG_CONFIG --modversion m4_defn([berk_word])`"])])
	AC_SUBST([BERK_MODULES])
	AC_PATH_PROG([PERL], [perl], [perl])])
