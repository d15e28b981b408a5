"""The secret scan: rules, the working tree, the history, the reviewed baseline."""
