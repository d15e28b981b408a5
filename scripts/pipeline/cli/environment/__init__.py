"""On a VM: deploy, roll back, back up, and see how the environment is."""
