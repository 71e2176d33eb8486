"""What this machine can do: doctor and its probe of the sandbox."""
