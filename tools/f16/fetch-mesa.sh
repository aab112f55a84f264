#!/bin/sh
# Unpacks Mesa's software Vulkan driver into the folder $1; the machine's packages stay as they are. Debian 12 (amd64):
# its own Mesa 22.3 lacks features that Dawn asks for, the one of its backports has them.
set -e
folder=$1
mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial" "$folder/packages"
echo 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm-backports main' \
  > "$folder/sources.list"
backports="-o Dir::Etc::sourcelist=$folder/sources.list -o Dir::Etc::sourceparts=/dev/null \
  -o Dir::State::lists=$folder/lists -o Dir::Cache=$folder/cache"
cd "$folder/packages"
# shellcheck disable=SC2086
apt-get $backports update
# shellcheck disable=SC2086
apt-get $backports download mesa-vulkan-drivers/bookworm-backports libdrm2/bookworm-backports \
  libdrm-amdgpu1/bookworm-backports
apt-get download libllvm15 libz3-4 libvulkan1 libwayland-client0 libx11-xcb1 libxshmfence1 libxcb-dri3-0 \
  libxcb-present0 libxcb-randr0 libxcb-shm0 libxcb-sync1 libxcb-xfixes0
for package in *.deb; do dpkg -x "$package" "$folder"; done
sed "s#libvulkan_lvp.so#$folder/usr/lib/x86_64-linux-gnu/libvulkan_lvp.so#" \
  "$folder/usr/share/vulkan/icd.d/lvp_icd.json" > "$folder/driver.json"
