"""A folder whose files are encrypted on the engine's disk, with a key that is in memory alone.

gocryptfs shows the files of a folder in clear in another one (FUSE). The key is made in the
container and written nowhere, so what is left of the container cannot be read by anybody,
however it ended.
"""

import dagger
from dagger import dag

from .containers import TOOLS_IMAGE, install, now

#: The programs, with their libraries and the loader of programs that belongs to these: any image
#: can run them, whatever its distribution.
_COLLECT = """
set -e
cd /opt/gocryptfs
mkdir bin lib
cp /usr/bin/gocryptfs /usr/bin/fusermount3 bin
find bin -type f -exec ldd {} ';' |
    sed -n 's|.* => \\(/[^ ]*\\) .*|\\1|p' | sort -u | xargs cp -L -t lib
cp -L "$(patchelf --print-interpreter bin/gocryptfs)" lib/loader
for program in bin/*; do
    patchelf --set-interpreter /opt/gocryptfs/lib/loader --force-rpath \\
        --set-rpath /opt/gocryptfs/lib "$program"
done
"""
#: Mounts the folder that the first argument names, and becomes the program that follows. The key
#: is a variable of this shell, and the input of its children; /dev/shm is memory. The program
#: keeps only the capabilities that change users and owners.
_MOUNT = """
set -eu
plain=$1 cipher=/encrypted/files config=/dev/shm/gocryptfs.conf
shift
PATH=/opt/gocryptfs/bin:$PATH
ulimit -c 0
swap=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)/memory.swap.max
if [ -f "$swap" ]; then echo 0 >"$swap" || :; fi
[ -e /dev/fuse ] || mknod /dev/fuse c 10 229
mkdir -p "$plain" "$cipher"
chmod 700 /encrypted
key=$(head -c 32 /dev/urandom | base64 -w 0)
printf %s "$key" | gocryptfs -quiet -init -scryptn 10 -config "$config" "$cipher"
printf %s "$key" | gocryptfs -quiet -nosyslog -noprealloc -allow_other -config "$config" \\
    "$cipher" "$plain"
rm "$config"
unset key
exec setpriv --ambient-caps=-all --inh-caps=-all \\
    --bounding-set=-all,+chown,+dac_override,+fowner,+kill,+setgid,+setuid -- "$@"
"""
_TRY = "echo a >/tried/file && cat /tried/file && ! grep -rq '^a$' /encrypted"


def with_encryption(container: dagger.Container) -> dagger.Container:
    """The container with the programs, which are a layer of their own."""
    making = install(dag.container().from_(TOOLS_IMAGE), ["gocryptfs", "patchelf"])
    making = making.with_mounted_directory("/opt/gocryptfs", dag.directory())
    made = making.with_exec(["sh", "-c", _COLLECT]).directory("/opt/gocryptfs")
    return container.with_mounted_directory("/opt/gocryptfs", made)


def encrypted_service(
    container: dagger.Container, folder: str, command: list[str]
) -> dagger.Service:
    """A service of a container, without the container's entry point.

    Args:
        container: what runs it.
        folder: where the program finds its files in clear.
        command: the program and its arguments. It starts as root, without root's capabilities.
    """
    return with_encryption(container).as_service(
        args=["sh", "-c", _MOUNT, "mount", folder, *command], insecure_root_capabilities=True
    )


async def why_impossible(container: dagger.Container) -> str:
    """Why this engine cannot encrypt files; empty: a container of it just did."""
    trying = now(with_encryption(container)).with_exec(
        ["sh", "-c", _MOUNT, "mount", "/tried", "sh", "-c", _TRY],
        expect=dagger.ReturnType.ANY,
        insecure_root_capabilities=True,
    )
    try:
        failed = await trying.exit_code()
        return (await trying.stderr()).strip() or f"exit code {failed}" if failed else ""
    except dagger.QueryError as error:  # the engine allows no such container
        return str(error).strip() or "the engine refuses"
