"""A browser for tests of add-ons that any image of Odoo can run, whatever its distribution."""

import dagger
from dagger import dag

from .containers import TOOLS_IMAGE, install

#: Where containers have it. The package looks there (`inside/pipeline_browser.py`).
BROWSER = "/opt/browser"
#: Chromium; fonts; the Python package that Odoo needs to talk to it; what adapts programs.
_PACKAGES = ["chromium", "fonts-dejavu-core", "python3-websocket", "patchelf"]
#: The image of Odoo may have neither the libraries, nor them in a version that suits, so these
#: programs get all of theirs, and the loader of programs that belongs to these. A library's own
#: search path would be used instead of that of the program which loads it.
_COLLECT = f"""
set -e
cd {BROWSER}
mkdir bin lib python
cp -r /usr/lib/chromium chromium
rm -f chromium/*.TOC chromium/libVkLayer_* chromium/libVkICD_*
cp -r /usr/share/fonts fonts
cp -r /usr/lib/python3/dist-packages/websocket python
# Of those that are loaded while it runs, what checks certificates.
for name in softokn3 freebl3 freeblpriv3 nssckbi; do cp -L /usr/lib/*/lib$name.so lib; done
find chromium lib -type f \\( -perm -u+x -o -name '*.so*' \\) -exec ldd {{}} ';' |
    sed -n 's|.* => \\(/[^ ]*\\) .*|\\1|p' | sort -u | xargs cp -L -t lib
find lib -type f -exec patchelf --remove-rpath {{}} +
cp -L "$(patchelf --print-interpreter chromium/chromium)" lib/loader
for program in chromium/chromium chromium/chrome_crashpad_handler; do
    patchelf --set-interpreter {BROWSER}/lib/loader --force-rpath --set-rpath {BROWSER}/lib $program
done
cat >fonts.conf <<'end'
<?xml version="1.0"?>
<fontconfig><dir>{BROWSER}/fonts</dir><cachedir>/tmp/fontconfig</cachedir></fontconfig>
end
cat >bin/chromium <<'end'
#!/bin/sh
FONTCONFIG_FILE={BROWSER}/fonts.conf exec {BROWSER}/chromium/chromium "$@"
end
chmod 755 bin/chromium
"""


def with_browser(container: dagger.Container) -> dagger.Container:
    """Add Chromium, with everything that it needs of a distribution, in a folder of its own.

    It is a layer that depends on nothing of the source, made when the first test needs it.
    """
    making = install(dag.container().from_(TOOLS_IMAGE), _PACKAGES)
    making = making.with_mounted_directory(BROWSER, dag.directory())
    made = making.with_exec(["sh", "-c", _COLLECT])
    return container.with_mounted_directory(BROWSER, made.directory(BROWSER))
