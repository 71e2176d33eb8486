"""Contracts of the assignment `keras-cells`, in the order of the notebook.

unrolled-canary-41d9a0c7e6f3
"""

from solutions.exercises.keras_cells.cell import GRUCell
from solutions.exercises.keras_cells.cell_after import GRUAfterCell
from solutions.exercises.keras_cells.loss import masked_loss
from solutions.exercises.keras_cells.net import MaskedNet
from solutions.exercises.keras_cells.update import keras_update

CONTRACTS = (GRUCell, GRUAfterCell, MaskedNet, masked_loss, keras_update)
