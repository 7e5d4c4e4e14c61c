"""The manual's pages on the networks that come with the package say what their cards say."""

import subprocess
import sys
from pathlib import Path

import pytest

from melodyai_edu.models.saved import models_folder

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(
    file.parent.name
    for kind in ("card", "chorale")
    for file in models_folder().glob(f"*/{kind}.json")
)


def test_pages_are_up_to_date():
    done = subprocess.run(
        [sys.executable, "tools/build_model_cards.py", "--check"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_page_is_left_of_a_model_that_is_gone():
    assert sorted(page.stem for page in (ROOT / "docs" / "models").glob("*.md")) == SHIPPED


@pytest.mark.parametrize("kind", ["melody", "rhythm"])
@pytest.mark.parametrize("preset", ["tiny", "small"])
def test_both_networks_of_every_kind_and_size_come_along(kind, preset):
    assert {f"{kind}-{preset}-transformer", f"{kind}-{preset}-lstm"} <= set(SHIPPED)
