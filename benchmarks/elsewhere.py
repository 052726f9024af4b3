"""Births and deaths in other simulators, run by a Python that has them: `PYTHON elsewhere.py NAME TRAJECTORIES`.

Prints the seconds of the processor that one call took, children's included, the firings, and the mean number alive at
the end; a first call, which compiles and loads, does not count. Nothing of ours is imported: any Python may run it.
Neither simulator counts firings: births are Poisson with a known mean, so the expected number that is told is within a
tenth of a per cent of the true one.
"""

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

BIRTHS, FIRST, HORIZON = 100.0, 100, 250.0
SBML = f"""<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"><model id="births_and_deaths">
<listOfCompartments><compartment id="world" size="1" constant="true"/></listOfCompartments>
<listOfSpecies><species id="alive" compartment="world" initialAmount="{FIRST}" hasOnlySubstanceUnits="true"
  boundaryCondition="false" constant="false"/></listOfSpecies>
<listOfParameters><parameter id="b" value="{BIRTHS}" constant="true"/><parameter id="d" value="1" constant="true"/>
</listOfParameters>
<listOfReactions>
<reaction id="birth" reversible="false" fast="false"><listOfProducts>
  <speciesReference species="alive" stoichiometry="1" constant="true"/></listOfProducts>
  <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><ci>b</ci></math></kineticLaw></reaction>
<reaction id="death" reversible="false" fast="false"><listOfReactants>
  <speciesReference species="alive" stoichiometry="1" constant="true"/></listOfReactants>
  <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci>d</ci><ci>alive</ci></apply></math>
  </kineticLaw></reaction>
</listOfReactions></model></sbml>"""


def roadrunner() -> Any:
    """libRoadRunner: SBML compiled by LLVM; a function that plays n trajectories and gives the numbers left alive."""
    import roadrunner

    runner = roadrunner.RoadRunner(SBML)
    runner.setIntegrator("gillespie")
    runner.integrator.setValue("variable_step_size", False)

    def play(n: int) -> list[float]:
        left = []
        for _ in range(n):
            runner.resetAll()
            left.append(float(runner.simulate(0.0, HORIZON, 2)[-1, 1]))
        return left

    return play


def gillespy2() -> Any:
    """GillesPy2's SSA in C++, compiled for the model."""
    # Its build looks for SCons on the path.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    from gillespy2 import Model, Parameter, Reaction, Species, TimeSpan
    from gillespy2.solvers.cpp import SSACSolver

    model = Model(name="births_and_deaths")
    model.add_parameter([Parameter("b", BIRTHS), Parameter("d", 1.0)])
    model.add_species(Species("alive", initial_value=FIRST))
    model.add_reaction(Reaction("birth", reactants={}, products={"alive": 1}, rate="b"))
    model.add_reaction(Reaction("death", reactants={"alive": 1}, products={}, rate="d"))
    model.timespan(TimeSpan([0.0, HORIZON]))
    solver = SSACSolver(model)
    return lambda n: [float(each["alive"][-1]) for each in model.run(solver=solver, number_of_trajectories=n)]


SIMULATORS = {"libroadrunner": roadrunner, "gillespy2": gillespy2}


def processor_seconds() -> float:
    """Of this process and of those that it has waited for."""
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(each.ru_utime + each.ru_stime for each in both)


def main() -> None:
    name, n = sys.argv[1], int(sys.argv[2])
    play = SIMULATORS[name]()
    play(1)
    began = processor_seconds()
    left = play(n)
    seconds = processor_seconds() - began
    firings = sum(2 * BIRTHS * HORIZON + FIRST - each for each in left)
    print(json.dumps([seconds, round(firings), sum(left) / n]))


if __name__ == "__main__":
    main()
