"""Who works which cell: a proposal that is balanced, in one piece for each collector, and near to what is now."""

from grid.assign.problem import Cause, Change, Collector, Figures, Hindrance, Obstacle, Problem, Proposal
from grid.assign.proposing import propose

__all__ = [
    "Cause",
    "Change",
    "Collector",
    "Figures",
    "Hindrance",
    "Obstacle",
    "Problem",
    "Proposal",
    "propose",
]
