#!/bin/sh
# examples.sh - each configuration that is shipped says something, and berkd takes it.
berkd=$PWD/berkd
cd "${srcdir:-.}" || exit 1
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
echo 5dc21a0f1ba1ac0e8b6f3ab2f8c6a4e19d3c70fb42b1a0d6c9e85f1743d20b66 >"$dir/group.key"
chmod 600 "$dir/group.key"
bad=0 n=0

for file in conf/berkd.conf conf/examples/*.conf; do
	n=$((n + 1))
	grep -q '^\[' "$file" || { echo "FAIL: $file says nothing"; bad=1; }
	sed "s|^key_file = .*|key_file = $dir/group.key|" "$file" >"$dir/berkd.conf"
	"$berkd" --check-config -c "$dir/berkd.conf" >"$dir/said" 2>&1 || { echo "FAIL: $file"; cat "$dir/said"; bad=1; }
done
[ "$n" -ge 4 ] || { echo "FAIL: where are conf/examples?"; bad=1; }
[ $bad = 0 ] && echo "$n configurations are good"
exit $bad
