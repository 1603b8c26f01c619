"""The registry of all cases."""
import collections

Case = collections.namedtuple("Case", "name run families prepare")
CASES = []


def case(name, families=(4, 6), prepare=None):
    """Registers function(lab, family) as a case; prepare(lab) runs before the daemon starts."""

    def register(function):
        CASES.append(Case(name, function, families, prepare))
        return function

    return register
