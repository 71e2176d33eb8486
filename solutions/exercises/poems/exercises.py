"""Contracts of the assignment `poems`, in the order of the notebook.

unrolled-canary-18f59544d973
"""

from solutions.exercises.bptt.backward import rnn_backward
from solutions.exercises.poems.adam import adam_update
from solutions.exercises.poems.batch import poem_dataset
from solutions.exercises.poems.copying import longest_copy
from solutions.exercises.poems.form import poem_form
from solutions.exercises.poems.lines import process_dataset
from solutions.exercises.poems.loss import poem_loss
from solutions.exercises.poems.writing import generation
from solutions.exercises.rnn_cell.forward import rnn_forward

CONTRACTS = (process_dataset, poem_dataset, poem_loss, adam_update, generation, poem_form, longest_copy)
EARLIER = (rnn_forward, rnn_backward)
