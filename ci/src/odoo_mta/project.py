"""The first hour of a repository: the files that it needs, made from this project's own."""

from typing import Annotated

import dagger
from dagger import DefaultPath, Doc, Ignore, function

from .graph import Graph
from .inputs import Source
from .verdict import finished

_TEMPLATES = "/opt/templates"


class Project:
    """Functions for a repository that is new to the pipeline."""

    pipeline: dagger.Directory

    @function(cache="session")
    async def init_project(
        self,
        source: Source,
        name: Annotated[str, Doc("Short name of the project, such as odoo-care.")],
        templates: Annotated[
            dagger.Directory,
            DefaultPath("/"),
            # What `pipeline init-project` reads of this project.
            Ignore(
                [
                    "*",
                    "!Dockerfile",
                    "!.dockerignore",
                    "!.env.example",
                    "!.gitignore",
                    "!docker-compose*.yml",
                    "!config",
                    "!proxy",
                    "!.github/workflows",
                    "!ci/src/odoo_mta/*.py",
                ]
            ),
            Doc("The files to start from; there is no reason to give others."),
        ],
        series: Annotated[str, Doc("Odoo series; unset: what the add-ons' versions say.")] = "",
        repository: Annotated[
            str, Doc("Where its images go, such as acme/odoo-care; unset: to be filled in.")
        ] = "",
        module: Annotated[
            str, Doc("Address of the Dagger module that the workflows call; unset: this version's.")
        ] = "",
    ) -> dagger.Directory:
        """Return the files that a repository needs and has not: settings, image, stack, workflows.

        Nothing is overwritten: `dagger call init-project --source . --name odoo-care export
        --path .` adds what is missing, and says what was there: nothing is returned of that.
        """
        command = ["init-project", "--name", name, "--templates", _TEMPLATES, "--output", "/made"]
        command += ["--series", series] if series else []
        command += ["--module", module] if module else []
        command += ["--repository", repository] if repository else []
        graph = Graph(self.pipeline, source)
        container = graph.tools(graph.files).with_mounted_directory(_TEMPLATES, templates)
        ended = await finished(container, command)
        print(await ended.stdout())  # into the call's log: the files alone do not say what was kept
        return ended.directory("/made")
