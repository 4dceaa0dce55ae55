"""Reports that managers ask for every day, all of one shape: a table with rows, a total and words for its columns."""
