# SPDX-License-Identifier: BSD-2-Clause
export DISTRO_NAME=debian DIB_RELEASE=bookworm
