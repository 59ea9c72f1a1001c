# Packages for Debian: built, and installed in a new Debian and in guests.  Without debhelper, lintian, mmdebstrap, a
# mirror, root or what guests need, a test says so and is skipped (77).
package_tests = tests/packages/test_deb.sh tests/packages/test_deb_guest.sh
TESTS += $(package_tests)
EXTRA_DIST += $(package_tests) tests/packages/lib.sh
