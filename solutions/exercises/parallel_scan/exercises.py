"""The contracts of the assignment `parallel-scan`, in the notebook's order.

unrolled-canary-a5b4285d33dd
"""

from solutions.exercises.parallel_scan.backward import scan_backward
from solutions.exercises.parallel_scan.cost import scan_cost
from solutions.exercises.parallel_scan.levels import scan
from solutions.exercises.parallel_scan.mingru import mingru_forward
from solutions.exercises.parallel_scan.mingru_backward import mingru_backward
from solutions.exercises.parallel_scan.operator import combined

CONTRACTS = (combined, scan, scan_cost, scan_backward, mingru_forward, mingru_backward)
