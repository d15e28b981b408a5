"""After a failure: the undo of each step, by kind of run, and the halt where a person decides."""
