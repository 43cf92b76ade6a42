"""Recompute what venues and vectors print, through the public margin library, and compare."""

from solvent.dialects.parity.comparison import ALLOWANCES, Check
from solvent.dialects.parity.files import VECTORS, check_payload, check_text, shipped_text
from solvent.dialects.parity.report import CaseResult, FieldLine, FileReport

__all__ = [
    "ALLOWANCES",
    "VECTORS",
    "CaseResult",
    "Check",
    "FieldLine",
    "FileReport",
    "check_payload",
    "check_text",
    "shipped_text",
]
