"""Contracts of the assignment `language-model`, in the order of the notebook.

unrolled-canary-5464df7d07e0
"""

from solutions.exercises.bptt.backward import rnn_backward
from solutions.exercises.language_model.batches import stream_batches
from solutions.exercises.language_model.choice import next_distribution
from solutions.exercises.language_model.continuing import continuation
from solutions.exercises.language_model.counts import witten_bell
from solutions.exercises.language_model.scores import text_scores
from solutions.exercises.language_model.update import lm_update
from solutions.exercises.rnn_cell.forward import rnn_forward
from solutions.exercises.vanishing.clipping import clip_by_global_norm

CONTRACTS = (stream_batches, lm_update, text_scores, witten_bell, next_distribution, continuation)
EARLIER = (rnn_forward, rnn_backward, clip_by_global_norm)
