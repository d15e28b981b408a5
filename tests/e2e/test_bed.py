"""The test bed is what the tests of deployments take it for."""

from __future__ import annotations


def test_a_machine_runs_containers_and_comes_back_after_a_reboot(uat_machine, registry) -> None:
    digest = registry.push("tiny", {"/hello": "from a layer\n"}, base="library/debian:trixie-slim")
    image = f"{registry.name}@{digest}"
    said = uat_machine.root(f"docker run --name kept {image} cat /hello; docker ps -aq | wc -l")
    assert "from a layer" in said.out
    uat_machine.write(
        "/etc/systemd/system/mark.service",
        "[Service]\nUser=ubuntu\nExecStart=/usr/bin/touch /home/ubuntu/booted\n"
        "[Install]\nWantedBy=multi-user.target\n",
    )
    uat_machine.root(
        "systemctl enable mark.service; sleep 300 >/dev/null 2>&1 & echo $! > /tmp/sleeper"
    )
    uat_machine.reboot()
    assert "kept" in uat_machine.root("docker ps -a").out
    assert uat_machine.root("kill -0 $(cat /tmp/sleeper)", ok=False).code == 1
    uat_machine.root("timeout 10 sh -c 'until [ -e /home/ubuntu/booted ]; do sleep 0.1; done'")
    uat_machine.reset()
    assert "kept" not in uat_machine.root("docker ps -a; ls /home/ubuntu /etc/systemd/system").out
