"""Grading on machines of others: Gradescope's autograder. Without namespaces, in the confinement of a container."""
