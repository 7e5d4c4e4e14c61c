"""Checkpoints in a storage, so that a run can go on at another machine.

Conventions
-----------
The folder of checkpoints is published whole, under ``checkpoints/NAME``: whoever fetches it gets
the kept ones as they stood together at one moment. The checkpoints on this machine have the first
word; only where there is none are those of the storage brought here, and `latest` checks them as
it checks all. A storage that is away for a while does not stop the training.

Contents
--------
Mirror
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path

from melodyai_edu.errors import NotStoredError, StorageError
from melodyai_edu.io import limits
from melodyai_edu.io.storage import open_storage
from melodyai_edu.io.storage_retry import Retries

__all__ = ["Mirror"]

#: Training waits for a storage, so not for long; and old checkpoints are large.
_RETRIES = Retries(attempts=4, seconds=30.0, timeout=20.0)
_GRACE_SECONDS = 120.0


class Mirror:
    """The checkpoints of one run, here and in a storage.

    Parameters
    ----------
    url : str
        As in `open_storage`.
    name : str
        Of the run.
    folder : Path
        Where `commit` writes them.
    allowed : iterable of str, optional
        As in `open_storage`.

    Raises
    ------
    ParameterError
        If the address is none or not allowed.

    Examples
    --------
    >>> import tempfile
    >>> here, there, storage = (Path(tempfile.mkdtemp()) for _ in range(3))
    >>> _ = (here / "state").write_text("step 50")
    >>> Mirror(str(storage), "mine", here).send()
    >>> Mirror(str(storage), "mine", there).bring(), (there / "state").read_text()
    (True, 'step 50')
    """

    def __init__(
        self, url: str, name: str, folder: Path, *, allowed: Iterable[str] | None = None
    ) -> None:
        self.storage = open_storage(url, allowed=allowed, retries=_RETRIES, grace=_GRACE_SECONDS)
        self.name, self.folder = f"checkpoints/{name}", folder

    def send(self) -> None:
        """Publish the checkpoints as they are now.

        If the storage fails, a warning says so; those of before are still there.
        """
        try:
            self.storage.publish(self.name, self.folder)
        except StorageError as error:
            warnings.warn(
                f"the checkpoint is on this machine only ({error}); training goes on",
                RuntimeWarning,
                stacklevel=2,
            )

    def bring(self) -> bool:
        """Fetch the checkpoints, if there is none here.

        Returns
        -------
        is_brought : bool

        Raises
        ------
        InputError, StorageError
            If they are damaged, or the storage fails: better than to begin anew unnoticed.
        """
        if self.folder.is_dir() and any(self.folder.iterdir()):
            return False
        try:
            self.storage.fetch(self.name, self.folder, limit=4 * limits.STORED_BYTES)
        except NotStoredError:
            return False
        return True
