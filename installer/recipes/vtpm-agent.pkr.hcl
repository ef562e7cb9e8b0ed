# SPDX-License-Identifier: BSD-2-Clause
# packer build -var files=FILES -var key=KEY vtpm-agent.pkr.hcl, or its provisioners in a template of yours.
# FILES: a directory with this folder's `bake` and what it installs. Tested with Packer 1.6, over SSH.
variable "files" {
  type = string
}

variable "host" {
  type    = string
  default = "127.0.0.1"
}

variable "port" {
  type    = number
  default = 22
}

variable "key" {
  type = string
}

# A machine that runs already. In a template of yours: qemu, openstack, ...
source "null" "machine" {
  communicator         = "ssh"
  ssh_host             = var.host
  ssh_port             = var.port
  ssh_username         = "root"
  ssh_private_key_file = var.key
}

build {
  sources = ["source.null.machine"]

  provisioner "shell" {
    inline = ["mkdir /tmp/vtpm-agent"]
  }

  provisioner "file" {
    source      = "${var.files}/"
    destination = "/tmp/vtpm-agent"
  }

  provisioner "shell" {
    inline = ["chmod +x /tmp/vtpm-agent/bake", "/tmp/vtpm-agent/bake", "rm -rf /tmp/vtpm-agent"]
  }
}
