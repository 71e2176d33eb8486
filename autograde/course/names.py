"""Which names a piece of Python takes from outside."""

from __future__ import annotations

import builtins
import symtable


def free_names(source: str) -> set[str]:
    """The names that a test uses and neither defines nor imports, builtins aside."""
    table = symtable.symtable(source, "<test>", "exec")
    own = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    used = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced()} | _globals_used(table)
    return {name for name in used - own if not hasattr(builtins, name)}


def _globals_used(table: symtable.SymbolTable) -> set[str]:
    used: set[str] = set()
    for inner in table.get_children():
        used |= {symbol.get_name() for symbol in inner.get_symbols() if symbol.is_global() and symbol.is_referenced()}
        used |= _globals_used(inner)
    return used
