"""A `docker` for tests: remembers containers and images in a file, and runs what would run inside.

PostgreSQL's programs talk to a real server, scripts for the filestore work on a real folder; an
update of the database is the SQL that the image's description has. What a real Docker would do
beyond that is for the tests on a VM.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

State = dict  # text in annotations alone: the import of typing would take longer than most calls
HOME = Path(__file__).resolve().parents[1] / "docker"
#: All that a command of docker may know; a variable more, and the operator's shell would decide.
#: (This Python sets LC_CTYPE by itself.)
KNOWN = {"PATH", "HOME", "XDG_RUNTIME_DIR", "ODOO_IMAGE", "LC_CTYPE"}
SERVICES = ("postgres", "odoo-mta-web", "odoo-mta-cron", "odoo-mta-proxy")


def main(argv: list[str]) -> int:
    # The pipeline names an image with every command; a person who types one does not.
    if "ODOO_IMAGE" in os.environ and (more := os.environ.keys() - KNOWN):
        print(f"stand-in: nobody may export {sorted(more)}", file=sys.stderr)
        return 1
    os.environ |= {"PGHOST": str(HOME / "live"), "PGUSER": "odoo"}
    before = (HOME / "state.json").read_text()
    state = json.loads(before)
    with (HOME / "calls").open("a") as log:
        log.write(json.dumps(argv) + "\n")
    for fault in state["faults"]:
        if fault in " ".join(argv):
            print(f"stand-in: {fault} fails", file=sys.stderr)
            return 1
    words = list(argv)
    if words[0] == "compose":
        silent = ("--quiet", "--detach", "--no-deps", "--no-TTY")
        words = [word for word in words if word not in silent]
    if words[0] == "--config":
        config = json.loads((Path(words[1]) / "config.json").read_text())
        state["logins"].append(config)
        words = words[2:]
    command = " ".join(words[:2]) if words[0] in ("compose", "image") else words[0]
    rest = words[2:] if " " in command else words[1:]
    code = COMMANDS[command](state, rest)
    if (text := json.dumps(state)) != before:  # whole, or not at all: others look meanwhile
        partial = HOME / f"state.{os.getpid()}"
        partial.write_text(text)
        partial.rename(HOME / "state.json")
    return code


def image_of(state: State, service: str) -> str:
    odoo = service in ("odoo-mta-web", "odoo-mta-cron")
    return os.environ["ODOO_IMAGE"] if odoo else service


def run(*command: str) -> int:
    return os.spawnvp(os.P_WAIT, command[0], command)


def say(text: object) -> int:
    print(text)
    return 0


def ids(state: State, service: str, everything: bool = False) -> list[str]:
    return [
        name
        for name, one in state["containers"].items()
        if one["service"] == service and (everything or one["status"] == "running")
    ]


def compose_ps(state: State, words: list[str]) -> int:
    everything = "--all" in words
    return say("\n".join(ids(state, words[-1], everything)))


def compose_up(state: State, words: list[str]) -> int:
    count, keep = 1, "--no-recreate" in words
    if "--scale" in words:
        count = int(words[words.index("--scale") + 1].partition("=")[2])
        words = words[: words.index("--scale")] + words[words.index("--scale") + 2 :]
    for service in (word for word in words if not word.startswith("--")):
        image = image_of(state, service)
        odoo = service in ("odoo-mta-web", "odoo-mta-cron")
        if odoo and image not in state["images"]:
            print(f"stand-in: no such image {image}", file=sys.stderr)
            return 1
        identity = state["images"].get(image, image)
        for name in ids(state, service, True):
            one = state["containers"][name]
            if not keep and one["image"] != identity:
                del state["containers"][name]
            elif not keep:
                one["status"] = "running"
        while len(ids(state, service)) < count:
            state["number"] += 1
            name = f"{service}-{state['number']}"
            state["containers"][name] = {
                "service": service,
                "image": identity,
                "status": "running",
                "address": f"127.0.1.{state['number'] % 250 + 1}",
            }
    return 0


def compose_stop(state: State, words: list[str]) -> int:
    for service in words:
        for name in ids(state, service):
            state["containers"][name]["status"] = "exited"
    return 0


def compose_rm(state: State, words: list[str]) -> int:
    for service in (word for word in words if not word.startswith("--")):
        for name in ids(state, service, True):
            del state["containers"][name]
    return 0


def compose_run(state: State, words: list[str]) -> int:
    words = words[words.index("--name") + 2 :]
    entry = words[1:2] if words[0] == "--entrypoint" else []
    words = words[2:] if entry else words
    image = state["images"].get(image_of(state, words[0]))
    if image is None:
        print("stand-in: no such image", file=sys.stderr)
        return 1
    return inside(state, image, [*entry, *words[1:]])


def inside(state: State, image: str, command: list[str]) -> int:
    described = json.loads((HOME / "images.json").read_text())[image]
    if command[0] == "odoo":
        return update(described, command)
    if "Print, as JSON, the add-ons" in command[2]:
        return say(json.dumps({"series": "19.0", "addons": described["addons"]}))
    folder = command[3].replace("/var/lib/odoo", str(HOME / "data"))
    return run(sys.executable, "-IS", "-c", command[2], folder)


def update(described: State, command: list[str]) -> int:
    database = command[command.index("--database") + 1]
    psql = ("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", described["update"])
    code = run(*psql)
    print(described["log"])
    return code or described["exit"]


def compose_exec(state: State, words: list[str]) -> int:
    if words[1] == "nginx":
        return 0
    upstream = Path("proxy/state/upstream.conf")
    text = upstream.read_text() if upstream.exists() else "set $odoo_host odoo-mta-web;"
    return say(text.split()[2].rstrip(";"))


def execute(state: State, words: list[str]) -> int:
    words = words[1:]
    while words[0] == "--env":
        name, _, value = words[1].partition("=")
        os.environ[name] = value
        words = words[2:]
    limit = words[1:5] if words[1] == "timeout" else []
    words = [words[0], *words[1 + len(limit) :]]
    if words[0] in state["containers"] and words[1] == "python3":
        return inside(state, state["containers"][words[0]]["image"], words[1:])
    drill = words[0].endswith("-drill")
    if drill and words[0] not in state["containers"]:
        print(f"stand-in: no such container {words[0]}", file=sys.stderr)
        return 1
    os.environ["PGHOST"] = str(HOME / ("drill" if drill else "live"))
    if words[1] == "pg_isready":
        words = ["", "pg_isready", "--quiet"]
    return run(*limit[:4], *words[1:])


def inspect(state: State, words: list[str]) -> int:
    found = []
    for name in words:
        one = state["containers"].get(name)
        if name == "odoo-mta-db":
            found.append({"Image": "postgres"})
        elif one:
            found.append(
                {
                    "Id": name,
                    "Name": f"/{name}",
                    "RestartCount": 0,
                    "State": {"Status": one["status"], "ExitCode": 0},
                    "NetworkSettings": {"Networks": {"x": {"IPAddress": one["address"]}}},
                }
            )
        elif name in state["images"].values():
            digests = [key for key, image in state["images"].items() if image == name]
            found.append({"RepoDigests": [key for key in digests if "@" in key]})
    print(json.dumps(found))
    return 0 if len(found) == len(words) else 1


def image_inspect(state: State, words: list[str]) -> int:
    image = state["images"].get(words[-1], words[-1])
    known = image in state["images"].values()
    return say(image if known else "") if known else 1


def pull(state: State, words: list[str]) -> int:
    if words[-1] not in state["registry"]:
        print("stand-in: manifest unknown", file=sys.stderr)
        return 1
    state["images"][words[-1]] = state["registry"][words[-1]]
    return 0


def tag(state: State, words: list[str]) -> int:
    state["images"][words[1]] = state["images"].get(words[0], words[0])
    return 0


def images(state: State, words: list[str]) -> int:
    kept = [(name, image) for name, image in state["images"].items() if ":kept-" in name]
    return say("\n".join(f"{image} {name}" for name, image in reversed(kept)))


def rmi(state: State, words: list[str]) -> int:
    for name in words:
        state["images"].pop(name, None)
    return 0


def save(state: State, words: list[str]) -> int:
    import saved_images

    image = state["images"][words[-1]]
    old = int(state["docker"].split(".")[0]) < 25
    saved_images.write(sys.stdout.buffer, image, words[-1], old)
    return 0


def load(state: State, words: list[str]) -> int:
    import saved_images

    image = saved_images.read(sys.stdin.buffer)
    state["images"][image] = image
    return 0


def stop(state: State, words: list[str]) -> int:
    for name in words:
        if name in state["containers"]:
            state["containers"][name]["status"] = "exited"
    return 0


def remove(state: State, words: list[str]) -> int:
    for name in words:
        gone = state["containers"].pop(name, None)
        if gone and name.endswith("-drill"):  # and with it, all that the server had
            os.environ["PGHOST"] = str(HOME / "drill")
            queries = (
                "SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database WHERE "
                "datname <> 'postgres' AND NOT datistemplate",
                "SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE rolname <> user "
                "AND rolname NOT LIKE 'pg\\_%'",
            )
            for query in queries:
                command = f'psql -XAtq -U odoo -d postgres -c "{query}" | psql -Xq -U odoo postgres'
                run("sh", "-c", command)
    return 0


def start(state: State, words: list[str]) -> int:
    """`docker run`: a PostgreSQL of the tests, or an Odoo; its network must be there."""
    options: dict[str, list[str]] = {}
    alone = ("--detach", "--rm", "--interactive")
    while words[0].startswith("--"):
        if words[0] in alone:
            options[words.pop(0)] = []
        else:
            options.setdefault(words.pop(0), []).append(words.pop(0))
    image, *command = words
    [name], [network] = options["--name"], options["--network"]
    for problem, wrong in (
        (f"no network {network}", network not in state["networks"]),
        (f"{name} is there already", name in state["containers"]),
        (f"no image {image}", image != "postgres" and image not in state["images"]),
    ):
        if wrong:
            print(f"stand-in: {problem}", file=sys.stderr)
            return 1
    for one in options.get("--mount", []):
        source = dict(part.partition("=")[::2] for part in one.split(","))["source"]
        if not Path(source).exists():
            print(f"stand-in: bind source path does not exist: {source}", file=sys.stderr)
            return 1
    known = dict(
        line.split("=", 1) for line in Path(options["--env-file"][0]).read_text().splitlines()
    )
    if image != "postgres" and known["HOST"] not in state["containers"]:
        print("stand-in: could not translate the host's name", file=sys.stderr)
        return 1
    if "shell" in command:
        return say("DRILL made 12345" if "make_pdf" not in state["faults"] else "DRILL bad no")
    state["number"] += 1
    state["containers"][name] = {
        "service": "",
        "image": state["images"].get(image, image),
        "status": "running",
        "address": f"127.0.1.{state['number'] % 250 + 1}",
        "network": network,
        "mounts": options.get("--mount", []),
    }
    return 0


def network(state: State, words: list[str]) -> int:
    name = words[-1]
    if words[0] == "ls":
        wanted = name.removeprefix("name=^").removesuffix("$")
        return say("\n".join(one for one in state["networks"] if one == wanted))
    if words[0] == "create":
        assert "--internal" in words and name not in state["networks"]
        state["networks"].append(name)
        return 0
    if name not in state["networks"] or name in [
        one.get("network") for one in state["containers"].values()
    ]:
        print(f"stand-in: {name} has active endpoints, or is not there", file=sys.stderr)
        return 1
    state["networks"].remove(name)
    return 0


def listed(state: State, words: list[str]) -> int:
    wanted = [word.removeprefix("name=") for word in words if word.startswith("name=")]
    return say("\n".join(one for one in state["containers"] if all(w in one for w in wanted)))


def config(state: State, words: list[str]) -> int:
    if "--format" not in words:
        return say("\n".join(state["services"]))
    settings = {
        "type": "bind",
        "source": str(HOME / "images.json"),
        "target": "/etc/odoo/odoo.conf",
    }
    data = {"type": "volume", "source": "odoo-data", "target": "/var/lib/odoo"}
    return say(json.dumps({"services": {"odoo-mta-web": {"volumes": [settings, data]}}}))


COMMANDS = {
    "version": lambda state, words: say(state["docker"]),
    "info": lambda state, words: say(HOME),
    "compose version": lambda state, words: say(state["compose"]),
    "compose config": config,
    "compose ps": compose_ps,
    "compose up": compose_up,
    "compose stop": compose_stop,
    "compose rm": compose_rm,
    "compose run": compose_run,
    "compose exec": compose_exec,
    "compose logs": lambda state, words: say("a line of the log"),
    "exec": execute,
    "inspect": inspect,
    "image inspect": image_inspect,
    "images": images,
    "pull": pull,
    "tag": tag,
    "rmi": rmi,
    "save": save,
    "load": load,
    "stop": stop,
    "rm": remove,
    "run": start,
    "network": network,
    "ps": listed,
    "top": lambda state, words: 0,
    "logs": lambda state, words: say("the end of the log"),
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
