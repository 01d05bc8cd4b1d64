"""What the tests share: tools and servers, made-up patients and tables, mutants of the graph."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
