#!/bin/sh
# Becomes a process of a container, in mount and network namespaces of its own, as a container engine would start it:
#   enter.sh ROOT USER:GROUP [rw|ro:SOURCE:TARGET | memory:SIZE:TARGET] ... -- COMMAND ...
# ROOT and all in it are read-only but for what is mounted; the process has no capability, and gets none.
set -eu
root=$1
user=$2
shift 2
mount --bind "$root" "$root"
cd "$root" # The new mount, not the folder below it.
mount -t proc proc proc
mount -t tmpfs -o mode=755,size=64k devices dev
for device in null zero full random urandom; do
    touch "dev/$device"
    mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/shm
mount -t tmpfs -o mode=1777,size=64m shm dev/shm
ln -s /proc/self/fd dev/fd
while [ "$1" != -- ]; do
    kind=${1%%:*}
    rest=${1#*:}
    source=${rest%%:*}
    target=$root${rest#*:}
    if [ -d "$source" ]; then mkdir -p "$target"; else [ -e "$target" ] || touch "$target"; fi
    case $kind in
    memory) mount -t tmpfs -o "mode=1777,size=$source" memory "$target" ;;
    rw) mount --bind "$source" "$target" ;;
    ro) mount --bind "$source" "$target" && mount -o remount,bind,ro "$target" ;;
    esac
    shift
done
shift
mount -o remount,bind,ro "$root"
exec setpriv --no-new-privs --bounding-set -all,+sys_chroot,+setuid,+setgid \
    chroot --userspec="$user" --groups= "$root" /usr/bin/env -i "$@"
