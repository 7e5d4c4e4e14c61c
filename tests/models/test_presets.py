from __future__ import annotations

import pytest

from melodyai_edu.errors import ParameterError
from melodyai_edu.models.presets import KINDS, NETWORKS, PRESETS, Sizes, build, sizes_of

every_preset = pytest.mark.parametrize(
    ("kind", "preset"), [(kind, preset) for kind in KINDS for preset in PRESETS]
)


@every_preset
@pytest.mark.parametrize("network", NETWORKS)
def test_sizes_are_whole(kind, preset, network):
    sizes = sizes_of(kind, preset, network)
    assert sizes.network == network
    assert bool(sizes.units) == (network == "lstm")
    assert bool(sizes.num_heads) == (network == "transformer")
    if sizes.num_heads:
        assert sizes.hidden_dim % (2 * sizes.num_heads) == 0


def test_one_dial_turns_everything():
    for kind in KINDS:
        widths = [sizes_of(kind, preset).hidden_dim for preset in PRESETS]
        assert widths == sorted(set(widths))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("chorus", "tiny"), "kind='chorus' must be one of: melody, rhythm"),
        (("melody", "huge"), "preset='huge' must be one of: tiny, small, base"),
        (("melody", "tiny", "mamba"), "network='mamba' must be one of: transformer, lstm"),
    ],
)
def test_other_names_are_refused(names, message):
    with pytest.raises(ParameterError, match=message):
        sizes_of(*names)


def test_options_are_the_class_arguments():
    lstm = Sizes("lstm", 8, 2, units=16, dropout=0.5)
    assert lstm.options == {"hidden_dim": 8, "num_layers": 2, "units": 16, "dropout": 0.5}


@pytest.mark.xdist_group("keras")
@every_preset
def test_both_networks_weigh_the_same_within_a_tenth(kind, preset):
    pytest.importorskip("keras", reason="needs Keras with a backend")
    transformer, lstm = (
        build(sizes_of(kind, preset, network)).count_params() for network in NETWORKS
    )
    assert abs(transformer - lstm) <= 0.1 * transformer
