"""Write what TensorFlow finds, for test_backends.py.

Run ``python tests/models/make_backends_golden.py`` to write them anew.

``backends_TRANSFORMER.npz`` holds the weights of a seeded tiny network, tokens, chords and the
logits that TensorFlow gives; ``backends_TRANSFORMER.weights.h5`` the same weights as Keras on
TensorFlow saves them. So for the LSTM.
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

from melodyai_edu.models.presets import Sizes, build
from melodyai_edu.tokens import VOCABULARY
from melodyai_edu.tokens.condition import NUM_CHORDS

HERE = Path(__file__).parent
SIZES = {
    "transformer": Sizes("transformer", 8, 2, num_heads=2, dropout=0.1),
    "lstm": Sizes("lstm", 8, 2, units=8, dropout=0.1),
}


def main() -> None:
    """Write two files for each network."""
    for name, sizes in SIZES.items():
        random = np.random.default_rng(0)
        network = build(sizes)
        weights = [random.normal(0, 0.5, w.shape).astype("f4") for w in network.get_weights()]
        network.set_weights(weights)
        token_ids = random.integers(0, len(VOCABULARY), (2, 20), dtype=np.int32)
        chord_ids = random.integers(0, NUM_CHORDS, (2, 20), dtype=np.int32)
        logits = network({"token_ids": token_ids, "chord_ids": chord_ids}, training=False)
        np.savez_compressed(
            HERE / f"backends_{name}.npz",
            token_ids=token_ids,
            chord_ids=chord_ids,
            logits=keras.ops.convert_to_numpy(logits),
            **{f"weight_{number:02d}": weight for number, weight in enumerate(weights)},
        )
        network.save_weights(HERE / f"backends_{name}.weights.h5")


if __name__ == "__main__":
    main()
