#!/bin/sh
# NODE SCRIPT ARGS…: runs a script with a PATH that has everything that it had before but Node,
# and with the executable as the program to test.
set -eu
links=$(mktemp -d "${TMPDIR:-/tmp}/mig-path.XXXXXX")
trap 'rm -rf "$links"' EXIT
IFS=:
for folder in $PATH; do
  for program in "$folder"/*; do
    name=${program##*/}
    case $name in
      node | nodejs | npm | npx | corepack) continue ;;
    esac
    # What comes first in PATH comes first here.
    if [ -x "$program" ] && [ ! -e "$links/$name" ]; then
      case $program in
        /*) ln -s "$program" "$links/$name" ;;
      esac
    fi
  done
done
unset IFS
if PATH=$links command -v node; then
  echo 'There still is a Node in PATH.' >&2
  exit 1
fi
PATH=$links MIG_PROGRAM=$PWD/build/mig "$@"
