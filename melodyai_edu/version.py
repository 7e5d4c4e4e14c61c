"""The version of the package; `pyproject.toml` names the same.

Conventions
-----------
Semantic versioning.

Contents
--------
__version__
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
