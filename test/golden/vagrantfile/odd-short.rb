# -*- mode: ruby -*-
# vi: set ft=ruby :
#
# The machines of the cluster a: 1 manager, as VMs of VirtualBox.
#
# swarmlab made this file from swarmlab.yaml, and `swarmlab up` makes it again: what you change here is lost.
# Change swarmlab.yaml, or put lines of your own into Vagrantfile.local (see the end). `swarmlab render` prints this file.

Vagrant.require_version ">= 2.2.19"

Vagrant.configure("2") do |config|
  config.vm.box = "example/debian-12"
  config.vm.box_version = "12.1.0"
  config.vm.box_check_update = false
  # Seconds until a machine must answer over SSH.
  config.vm.boot_timeout = 600
  config.vm.synced_folder ".", "/vagrant", disabled: true

  config.vm.provider "virtualbox" do |vb|
    # A machine shares the disk of one master copy, which is imported once for each box.
    vb.linked_clone = true
    vb.check_guest_additions = false
    vb.customize ["modifyvm", :id, "--groups", "/swarmlab/a"]
    # This computer's name server cannot be reached from a VM: VirtualBox asks it for them.
    vb.customize ["modifyvm", :id, "--natdnshostresolver1", "on"]
  end

  config.vm.define "manager", primary: true do |machine|
    machine.vm.hostname = "manager"
    machine.vm.network "private_network", ip: "192.168.56.17", netmask: "255.255.255.0"
    machine.vm.provider "virtualbox" do |vb|
      vb.name = "swarmlab-a-manager"
      vb.memory = 1024
      vb.cpus = 1
    end
  end

  # Lines of your own: with config for all machines, with config.vm.define "manager" for one.
  local = File.expand_path("Vagrantfile.local", __dir__)
  eval(File.read(local), binding, local) if File.exist?(local)
end
