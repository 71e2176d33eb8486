"""Public helpers of the course: `check` compares your function with the course's fixtures."""
