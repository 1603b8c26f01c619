"""Where the cases register themselves."""
import collections

Case = collections.namedtuple("Case", "name run families prepare")
CASES = []


def case(name, families=(4, 6), prepare=None):
    """Makes function(lab, family) a case; prepare(lab) runs before the daemon starts."""

    def register(function):
        CASES.append(Case(name, function, families, prepare))
        return function

    return register
