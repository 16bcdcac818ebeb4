#!/bin/sh
# Run by mmdebstrap with the image's root as its argument, before all but the essential packages are there.
set -eu
root=$1

# The initial RAM disk holds what this machine's disks need, and no more: it is read and unpacked at every boot.
mkdir -p "$root/etc/initramfs-tools/conf.d" "$root/usr/share/initramfs-tools/modules.d"
printf 'MODULES=list\nCOMPRESS=zstd\n' >"$root/etc/initramfs-tools/conf.d/image"
printf 'virtio_pci\nvirtio_blk\next4\n' >"$root/usr/share/initramfs-tools/modules.d/image"
