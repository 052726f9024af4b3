import re

import pytest

from escalation.engines.compiled.externals import DECLARATIONS
from escalation.engines.compiled.module import module
from escalation.language.resolve import read_scenario
from escalation.model.build import build
from tests.cases.regenerate import VALID
from tests.engines.compiled.machine import MACHINES, called

MEMORY = {"memcpy", "memmove", "memset"}


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    "name", ["derived-chain.yaml", "every-distribution.yaml", "units-of-ones-own.yaml", "reading-agreed.yaml"]
)
def test_a_whole_model_calls_no_library_of_mathematics(name, machine, monkeypatch):
    """Functions of expressions (roundings, roots, logarithms) and draws are instructions or stand in the module."""
    monkeypatch.chdir(VALID)
    ir = module(build(read_scenario(name).scenario)).ir
    own = set(re.findall(r"^define\b[^@\n]*@([\w.]+)\(", ir, re.MULTILINE))
    assert called(ir, machine) - own <= MEMORY | DECLARATIONS.keys()
