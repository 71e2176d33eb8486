"""What every stage rests on: a course folder, its gradebook and lock, errors, policies, cells, strangers' files."""
