"""On a VM: deploy, roll back, back up, and show the state of the environment."""
