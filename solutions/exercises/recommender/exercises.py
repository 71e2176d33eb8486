"""Contracts of the assignment `recommender`, in the order of the notebook.

unrolled-canary-69f2c681c94b
"""

from solutions.exercises.recommender.batches import session_batches
from solutions.exercises.recommender.bpr import bpr_loss
from solutions.exercises.recommender.cross_entropy import sampled_cross_entropy
from solutions.exercises.recommender.found import recall_and_mrr
from solutions.exercises.recommender.markov import transition_scores
from solutions.exercises.recommender.places import ranks
from solutions.exercises.recommender.step import recommender_step
from solutions.exercises.recommender.top1 import top1_loss

CONTRACTS = (
    session_batches,
    sampled_cross_entropy,
    bpr_loss,
    top1_loss,
    ranks,
    recall_and_mrr,
    transition_scores,
    recommender_step,
)
