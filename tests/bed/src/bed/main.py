"""A VM of the test bed: sshd, Docker and Compose in one privileged container."""

from typing import Annotated

import dagger
from dagger import DefaultPath, Doc, Ignore, dag, function, object_type


@object_type
class Bed:
    """Stand-ins for VMs."""

    files: Annotated[
        dagger.Directory,
        DefaultPath("/tests/bed"),
        Ignore(
            ["*", "!Dockerfile", "!printing.Dockerfile", "!daemon.json", "!sshd.conf", "!machine"]
        ),
        Doc("What VMs and images are made of."),
    ]

    @function(cache="never")
    async def printing(self, address: Annotated[str, Doc("Where it is pushed to.")]) -> str:
        """Push Odoo's image with wkhtmltopdf, which makes PDFs; returns its reference."""
        return await self.files.docker_build(dockerfile="printing.Dockerfile").publish(address)

    @function(cache="never")
    def machine(
        self,
        name: Annotated[str, Doc("Name of the VM; each has a store of images of its own.")],
        keys: Annotated[
            dagger.Directory,
            Doc("host_key, host_key.pub, user.pub and root.pub, made for one session of tests."),
        ],
        session: Annotated[str, Doc("Whatever tells this session from others.")],
    ) -> dagger.Service:
        """Boot a VM: sshd on port 22, users ubuntu and root, and a Docker daemon."""
        container = (
            self.files.docker_build()
            .with_mounted_cache(
                "/var/lib/docker",
                dag.cache_volume(f"odoo-mta-bed-{name}"),
                sharing=dagger.CacheSharingMode.PRIVATE,
            )
            .with_env_variable("MACHINE_SESSION", session)
            .with_file("/etc/ssh/ssh_host_ed25519_key", keys.file("host_key"), permissions=0o600)
            .with_file("/etc/ssh/ssh_host_ed25519_key.pub", keys.file("host_key.pub"))
        )
        for user, home in (("ubuntu", "/home/ubuntu"), ("root", "/root")):
            container = container.with_file(
                f"{home}/.ssh/authorized_keys",
                keys.file("user.pub" if user == "ubuntu" else "root.pub"),
                permissions=0o600,
                owner=user,
            )
        return container.with_exposed_port(22).as_service(insecure_root_capabilities=True)
