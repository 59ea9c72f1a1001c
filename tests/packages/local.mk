# Packages: built, and installed in a new Debian, in guests and in a folder.  Without debhelper, lintian, mmdebstrap, rpm, a
# mirror, root or what guests need, a test says so and is skipped (77).
package_tests = tests/packages/test_deb.sh tests/packages/test_deb_guest.sh tests/packages/test_rpm.sh
TESTS += $(package_tests)
EXTRA_DIST += $(package_tests) tests/packages/lib.sh
