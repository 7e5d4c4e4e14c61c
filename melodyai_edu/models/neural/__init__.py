"""Keras 3 networks over the tokens of melodies.

Conventions
-----------
``token_ids[B, T]`` and ``chord_ids[B, T]`` in, ``logits[B, T, V]`` out; ``next(token_ids[B],
cache, index)`` does one step with a cache, in single precision. While a network is trained it may
compute in less, but for its logits. Only `keras.ops`, so TensorFlow, PyTorch and JAX run
the same code. This is the one folder whose modules import Keras when they are imported: everything
else imports this folder inside a function.

Contents
--------
place: tokens and where they stand. transformer, lstm: the networks. network: what both share.
chorale: four voices on a grid.
"""

# ruff: noqa: E402 - Keras is imported first, without its chatter
from melodyai_edu.models.quiet import import_keras

import_keras()

from melodyai_edu.models.neural.chorale import ChoraleNetwork
from melodyai_edu.models.neural.lstm import MelodyLSTM
from melodyai_edu.models.neural.network import Network
from melodyai_edu.models.neural.place import PlaceEmbedding
from melodyai_edu.models.neural.transformer import MelodyTransformer

__all__ = ["ChoraleNetwork", "MelodyLSTM", "MelodyTransformer", "Network", "PlaceEmbedding"]
