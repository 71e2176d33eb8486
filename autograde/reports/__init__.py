"""What is read of the results: feedback, the class report, exported grades."""
