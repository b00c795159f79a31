"""Search for policies that stand up in many futures: `divide optimise`.

- `question` what is searched: the file, checked before any work starts
- `candidate` a point of the search as a policy
- `trial` a generation of candidates run in all worlds, kept as sweeps
- `aims` what the runs say of a candidate: mean, worst decile, regret
- `search` the loop, which goes on where it was broken off
- `switch` adaptive pathways: what to look at, when, and what to change to
- `page` the front as a page
"""
