"""From an assignment's text source to what students get, and the leak check over everything public."""
