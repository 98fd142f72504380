"""The programs that are needed beside Python: installed by apt where they are missing, and that is said."""

import os
import shutil
import subprocess

from images.errors import ImagesError

# By program: the package of Debian that has it.
NEEDED = {"buildah": "buildah", "ip": "iproute2", "mmdebstrap": "mmdebstrap", "setpriv": "util-linux"}


def need_programs() -> None:
    """Install what is missing.

    Raises:
        ImagesError: this is not root, or apt can't do it.
    """
    if os.geteuid() != 0:
        raise ImagesError(
            "expected to run as root, which file systems and networks of containers need: sudo make images"
        )
    missing = sorted({package for program, package in NEEDED.items() if shutil.which(program) is None})
    if not missing:
        return
    print(f"Installing {', '.join(missing)} by apt ...", flush=True)
    for arguments in (("update",), ("install", "--yes", "--no-install-recommends", *missing)):
        command = ("apt-get", "--quiet=2", *arguments)
        if (
            shutil.which("apt-get") is None
            or subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
        ):
            raise ImagesError(f"expected {', '.join(missing)} to be installed: {' '.join(command)} can't do it here")
