# berk_completions.m4 - where zsh finds completions: below /usr, Debian's zsh does not look into site-functions.

AC_DEFUN([BERK_COMPLETIONS], [
	AC_ARG_WITH([zshcompletionsdir], [AS_HELP_STRING([--with-zshcompletionsdir=DIR],
		[where completion for zsh goes @<:@DATADIR/zsh/vendor-completions below /usr on Debian, else
		DATADIR/zsh/site-functions@:>@])],
		[zshcompletionsdir=$withval],
		[AS_IF([test "x$prefix" = x/usr && test -e /etc/debian_version],
			[zshcompletionsdir='${datadir}/zsh/vendor-completions'],
			[zshcompletionsdir='${datadir}/zsh/site-functions'])])
	AC_SUBST([zshcompletionsdir])])
