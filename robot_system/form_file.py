"""The form of the scans, kept in a file for the nodes that come after those that learned it.

A node that is started again while the LiDAR is out of order must not take that for its form.
"""

from __future__ import annotations

import json
import logging
import math
from dataclasses import asdict
from pathlib import Path

from robot_system.core.sensing.form import FormMemory, ScanForm
from robot_system.paths import new_run_file, replace_file

_LOG = logging.getLogger(__name__)


def new_form_file(domain: int) -> Path:
    """Return the file for a system that is started now: its LiDAR may be another one."""
    return new_run_file("scan_form", domain, ".json")


class FormFile:
    """One JSON object, written when the form is settled; without a path nothing is kept.

    Several nodes keep it: whoever comes later changes it only to a form that contains it. A file
    that can not be read or written costs the memory across a restart, never more.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path) if path else None
        self._kept: ScanForm | None = None

    def read(self) -> FormMemory:
        """Return a memory of the form that was kept, or one that has yet to learn it."""
        self._kept = self._read()
        return FormMemory(self._kept)

    def keep(self, memory: FormMemory) -> None:
        """Write the form down once it is settled; ask as often as you like."""
        form = memory.known
        if self._path is None or form is None or form is self._kept or not memory.is_settled:
            return
        self._kept = form
        found = self._read()
        if found is not None and not form.contains(found):
            return
        try:
            replace_file(self._path, json.dumps(asdict(form)))
        except OSError as error:
            _LOG.warning("scan_form_not_written path=%s error=%s", self._path, error)

    def _read(self) -> ScanForm | None:
        if self._path is None:
            return None
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            form = ScanForm(float(found["begins"]), float(found["covers"]), int(found["beams"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
            _LOG.warning("scan_form_not_read path=%s error=%s", self._path, error)
            return None
        is_sound = math.isfinite(form.begins) and math.isfinite(form.covers) and form.beams > 1
        return form if is_sound else None
