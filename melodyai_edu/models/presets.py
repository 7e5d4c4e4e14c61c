"""Sizes of the networks, all from one dial.

Conventions
-----------
A preset is ``tiny`` (for lessons: minutes on two cores), ``small`` (what the package ships) or
``base`` (for a graphics processor). A kind is ``melody`` or ``rhythm``; a network is
``transformer`` or ``lstm``. The two networks of one kind and preset have the same number of
weights within a tenth.

Contents
--------
KINDS, NETWORKS, PRESETS, Sizes, sizes_of, build
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from melodyai_edu.errors import ParameterError

if TYPE_CHECKING:
    from melodyai_edu.models.neural import Network

__all__ = ["KINDS", "NETWORKS", "PRESETS", "Sizes", "build", "sizes_of"]

KINDS = ("melody", "rhythm")
NETWORKS = ("transformer", "lstm")
PRESETS = ("tiny", "small", "base")

#: Width of the embedding, by kind and preset; everything else follows from it.
_HIDDEN_DIMS = {
    "melody": {"tiny": 64, "small": 128, "base": 384},
    "rhythm": {"tiny": 48, "small": 96, "base": 256},
}
_NUM_LAYERS = {"tiny": 2, "small": 4, "base": 8}
_NUM_HEADS = {"tiny": 4, "small": 4, "base": 8}
_DROPOUT = {"tiny": 0.1, "small": 0.15, "base": 0.2}


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a network is built from.

    Parameters
    ----------
    network : str
        ``transformer`` or ``lstm``.
    hidden_dim : int
        Width of the embedding.
    num_layers : int
    num_heads : int
        0 for an LSTM.
    units : int
        Cells of each LSTM layer; 0 for a transformer.
    dropout : float [0 to 1, without 1]

    Raises
    ------
    ParameterError
        If no network can be built so.
    """

    network: str
    hidden_dim: int
    num_layers: int
    num_heads: int = 0
    units: int = 0
    dropout: float = 0.0

    def __post_init__(self) -> None:
        if self.network not in NETWORKS:
            raise ParameterError(f"network={self.network!r} must be one of: {', '.join(NETWORKS)}")
        for name in ("hidden_dim", "num_layers", self._own):
            number = getattr(self, name)
            if not isinstance(number, int) or isinstance(number, bool) or number < 1:
                raise ParameterError(f"{name}={number!r} must be a positive int")
        if self.network == "transformer" and self.hidden_dim % (2 * self.num_heads):
            raise ParameterError(
                f"hidden_dim={self.hidden_dim} must be an even multiple of "
                f"num_heads={self.num_heads}"
            )
        is_number = isinstance(self.dropout, int | float) and not isinstance(self.dropout, bool)
        if not is_number or not 0 <= self.dropout < 1:
            raise ParameterError(f"dropout={self.dropout!r} must be a number from 0 to below 1")

    @property
    def _own(self) -> str:
        """What only this kind of network has."""
        return "num_heads" if self.network == "transformer" else "units"

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments of the network's class."""
        names = ("hidden_dim", "num_layers", self._own, "dropout")
        return {name: getattr(self, name) for name in names}


def sizes_of(kind: str, preset: str, network: str = "transformer") -> Sizes:
    """Turn the dial.

    Parameters
    ----------
    kind : str
        ``melody`` or ``rhythm``.
    preset : str
        ``tiny``, ``small`` or ``base``.
    network : str, default "transformer"

    Returns
    -------
    sizes : Sizes

    Raises
    ------
    ParameterError
        If a name is not known.

    Examples
    --------
    >>> sizes_of("melody", "small").options
    {'hidden_dim': 128, 'num_layers': 4, 'num_heads': 4, 'dropout': 0.15}
    """
    for name, value, known in (("kind", kind, KINDS), ("preset", preset, PRESETS)):
        if value not in known:
            raise ParameterError(f"{name}={value!r} must be one of: {', '.join(known)}")
    width, layers = _HIDDEN_DIMS[kind][preset], _NUM_LAYERS[preset]
    if network == "lstm":
        return Sizes(network, width, 2, units=_units(width, layers), dropout=_DROPOUT[preset] + 0.1)
    return Sizes(network, width, layers, _NUM_HEADS[preset], dropout=_DROPOUT[preset])


def _units(width: int, layers: int) -> int:
    """Choose the cells of two LSTM layers, so that they weigh as much as the blocks.

    A block has 12 width^2 weights, two LSTM layers and the dense layer after them
    12 units^2 + 5 width units.
    """
    wanted = 12 * layers * width**2
    return min(range(8, 64 * width, 8), key=lambda u: abs(12 * u**2 + 5 * width * u - wanted))


def build(sizes: Sizes) -> Network:
    """Make a network with random weights.

    Parameters
    ----------
    sizes : Sizes

    Returns
    -------
    network : Network
    """
    from melodyai_edu.models.neural import MelodyLSTM, MelodyTransformer

    made = MelodyTransformer if sizes.network == "transformer" else MelodyLSTM
    return made(**sizes.options)
