"""The first hour of a repository: the files that the pipeline and a deployment need."""
