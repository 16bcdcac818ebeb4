#!/bin/sh
# Run by mmdebstrap with the image's root as its argument, when all packages are there.
set -eu
root=$1
here=$(dirname "$0")

cp -r --no-preserve=ownership,timestamps "$here/root/." "$root/"

# Two loaders from one configuration, so that the image boots by BIOS and by UEFI.
modules="normal configfile linux ext2 part_gpt search search_label"
for target in i386-pc x86_64-efi; do
  [ $target = i386-pc ] && disk=biosdisk || disk=
  # shellcheck disable=SC2086
  chroot "$root" grub-mkimage -O $target -p /boot/grub -c /boot/grub/early.cfg -o /boot/grub/$target.img $disk $modules
done

# networkd is what cloud-init writes the network's configuration for. What wakes up by itself and takes an emulated
# processor's time stays asleep.
systemctl --root "$root" --quiet enable systemd-networkd.service
systemctl --root "$root" --quiet mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
  e2scrub_all.timer e2scrub_reap.service fstrim.timer

# Every page of the database carries a checksum, which the examination at the end looks at.
for cluster in "$root"/var/lib/postgresql/*/main; do
  inside=${cluster#"$root"}
  version=$(basename "$(dirname "$inside")")
  chroot "$root" setpriv --reuid postgres --regid postgres --clear-groups \
    "/usr/lib/postgresql/$version/bin/pg_checksums" --enable --no-sync -D "$inside"
done

# No identity: each server makes its own at its first boot.
rm -f "$root"/etc/ssh/ssh_host_* "$root/var/lib/dbus/machine-id" "$root/var/lib/systemd/random-seed"
: >"$root/etc/machine-id"
