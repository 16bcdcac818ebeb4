/** What the image is made of. */

export const codename = 'bookworm'

export const packages = [
  ...['linux-image-cloud-amd64', 'initramfs-tools', 'zstd', 'grub-pc-bin', 'grub-efi-amd64-bin', 'grub-common'],
  ...[
    'systemd-sysv',
    'systemd-resolved',
    'dbus',
    'udev',
    'netbase',
    'iproute2',
    'e2fsprogs',
    'sudo',
    'ca-certificates',
  ],
  ...['cloud-init', 'cloud-guest-utils', 'fdisk', 'qemu-guest-agent', 'openssh-server', 'postgresql'],
]

/** Never read here, and a third of the image. */
export const leftOut = ['/usr/share/man/*', '/usr/share/doc/*', '/usr/share/locale/*', '/usr/share/info/*']

export const sectorBytes = 512
export const diskBytes = 2 * 1024 ** 3

/** In sectors. The root comes last, so that cloud-init can make it as large as the server's disk. */
export const partitions = {
  /** Where GRUB's second stage lies for a BIOS. */
  bios: { start: 2048, size: 2048, type: '21686148-6449-6E6F-744E-656564454649' },
  efi: { start: 4096, size: 32768, type: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B' },
  /** Up to the 33 sectors that the second partition table takes at the end. */
  root: { start: 36864, size: diskBytes / sectorBytes - 36864 - 2048, type: '0FC63DAF-8483-4772-8E79-3D69D8477DE4' },
}
