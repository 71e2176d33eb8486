"""Contracts of the assignment `sequence-autoencoder`, in the order of the notebook.

unrolled-canary-dbc79fe1c8b0
"""

from solutions.exercises.bptt.backward import rnn_backward
from solutions.exercises.rnn_cell.forward import rnn_forward
from solutions.exercises.sequence_autoencoder.decoder import decode_padded
from solutions.exercises.sequence_autoencoder.encoder import encode_padded
from solutions.exercises.sequence_autoencoder.errors import reconstruction_errors
from solutions.exercises.sequence_autoencoder.loss import reconstruction_loss
from solutions.exercises.sequence_autoencoder.rates import alarm_rates
from solutions.exercises.sequence_autoencoder.threshold import alarm_threshold
from solutions.exercises.sequence_autoencoder.update import autoencoder_update

CONTRACTS = (
    encode_padded,
    decode_padded,
    reconstruction_errors,
    reconstruction_loss,
    autoencoder_update,
    alarm_threshold,
    alarm_rates,
)
EARLIER = (rnn_forward, rnn_backward)
