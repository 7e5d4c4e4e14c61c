"""The page of all rules says what the rules say."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_page_is_up_to_date():
    subprocess.run([sys.executable, ROOT / "tools" / "build_rules.py", "--check"], check=True)
