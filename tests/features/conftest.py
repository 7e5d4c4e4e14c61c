"""Small recordings that the tests make themselves."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile


@pytest.fixture
def wav(tmp_path):
    """Write samples [n] or [n, channels] to a WAV file and give its path."""

    def write(samples, sr=22050, name="sound.wav", subtype="FLOAT"):
        path = tmp_path / name
        soundfile.write(path, np.asarray(samples), sr, subtype=subtype)
        return path

    return write
