"""Folding only assigns and adds, so that a later change of rounding never rewrites an old journal."""

import ast
import inspect

from solvent.engine import fold as folding
from solvent.engine import state
from solvent.engine.fold import fold

ADDS = (ast.Add,)


def test_fold_has_no_operator_but_plus_and_calls_no_rounding() -> None:
    module = inspect.getmodule(fold)
    assert module is not None
    tree = ast.parse(inspect.getsource(module))
    operators = {
        type(node.op) for node in ast.walk(tree) if isinstance(node, ast.BinOp | ast.AugAssign | ast.UnaryOp)
    }
    annotations = {ast.BitOr}
    assert operators <= {*ADDS, *annotations}
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in imported if name is not None and name.startswith("solvent.money")}


def test_fold_and_state_know_no_model() -> None:
    assert folding is fold
    source = inspect.getsource(state)
    assert "solvent.margin.parts" in source
    assert not any(name in source for name in ("tiered", "risk_limit", "lending"))
