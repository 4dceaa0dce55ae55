"""How far the work is: counts of each cell that follow its sequence, and what is read from them."""
