"""The command line. Its folders are the nouns of its commands, as in `dagger call`."""
