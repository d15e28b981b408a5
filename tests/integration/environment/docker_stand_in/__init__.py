"""A Docker for tests: the program, and the API of its daemon, on one state that lies in a file.

PostgreSQL's programs talk to a real server, scripts for the filestore work on a real folder; an
update of the database is the SQL that the image's description has. What a real Docker would do
beyond that is for the tests on a VM. Where the two could differ, this one refuses.
"""
