from __future__ import annotations

import pytest

from melodyai_edu.cli import main
from melodyai_edu.errors import ParameterError
from melodyai_edu.models.presets import KINDS, NETWORKS, PRESETS, Sizes, build, sizes_of
from melodyai_edu.training.run import RECIPES

every_preset = pytest.mark.parametrize(
    ("kind", "preset"), [(kind, preset) for kind in KINDS for preset in PRESETS]
)


@every_preset
@pytest.mark.parametrize("network", NETWORKS)
def test_sizes_are_whole(kind, preset, network):
    sizes = sizes_of(kind, preset, network)
    assert sizes.network == network
    assert bool(sizes.num_heads) == (network == "transformer")
    assert bool(sizes.units) != bool(sizes.num_heads)
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
        (("melody", "huge"), f"preset='huge' must be one of: {', '.join(PRESETS)}"),
        (("melody", "tiny", "mamba"), f"network='mamba' must be one of: {', '.join(NETWORKS)}"),
    ],
)
def test_other_names_are_refused(names, message):
    with pytest.raises(ParameterError, match=message):
        sizes_of(*names)


def test_options_are_the_class_arguments():
    lstm = Sizes("lstm", 8, 2, units=16, dropout=0.5)
    assert lstm.options == {"hidden_dim": 8, "num_layers": 2, "units": 16, "dropout": 0.5}


def test_each_size_of_each_network_has_a_recipe():
    assert set(RECIPES) == {(preset, network) for preset in PRESETS for network in NETWORKS}


def test_the_command_line_names_all_of_them(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    for names in (PRESETS, NETWORKS):
        assert f"{', '.join(names[:-1])} or {names[-1]}" in said


@pytest.mark.xdist_group("keras")
@every_preset
def test_all_can_be_built_and_those_of_lesson_07_weigh_the_same_within_a_tenth(kind, preset):
    pytest.importorskip("keras", reason="needs Keras with a backend")
    weights = {
        network: build(sizes_of(kind, preset, network)).count_params() for network in NETWORKS
    }
    assert all(weights.values())
    assert abs(weights["transformer"] - weights["lstm"]) <= 0.1 * weights["transformer"]
