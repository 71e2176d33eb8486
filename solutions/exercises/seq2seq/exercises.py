"""Contracts of the assignment `seq2seq`, in the order of the notebook.

unrolled-canary-3282503d7af4
"""

from solutions.exercises.seq2seq.additive import additive_scores
from solutions.exercises.seq2seq.attention import attention_forward
from solutions.exercises.seq2seq.backward import attention_backward
from solutions.exercises.seq2seq.batches import teacher_batch
from solutions.exercises.seq2seq.distance import edit_distance
from solutions.exercises.seq2seq.scores import string_scores
from solutions.exercises.seq2seq.search import beam_search
from solutions.exercises.seq2seq.weights import attend

CONTRACTS = (
    teacher_batch,
    attend,
    additive_scores,
    attention_forward,
    attention_backward,
    edit_distance,
    string_scores,
    beam_search,
)
