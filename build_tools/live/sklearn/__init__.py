"""Stands in for scikit-learn in a page: of 25 MB only the small data sets that dlcore.datasets reads through it."""
