"""The command line. Its folders are the nouns of its commands, with the words of `dagger call`."""
