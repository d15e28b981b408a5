"""What runs on a virtual machine: deployments, backups, rollbacks. Needs Docker and Python."""
