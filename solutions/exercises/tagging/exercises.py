"""Contracts of the assignment `tagging`, in the order of the notebook.

unrolled-canary-f31a8d06b7c9
"""

from solutions.exercises.tagging.best import viterbi
from solutions.exercises.tagging.f1 import entity_f1
from solutions.exercises.tagging.gradient import crf_gradient
from solutions.exercises.tagging.loss import masked_token_loss
from solutions.exercises.tagging.marginals import crf_marginals
from solutions.exercises.tagging.partition import crf_log_partition
from solutions.exercises.tagging.score import crf_score
from solutions.exercises.tagging.spans import entities

CONTRACTS = (
    entities,
    entity_f1,
    masked_token_loss,
    crf_score,
    crf_log_partition,
    viterbi,
    crf_marginals,
    crf_gradient,
)
