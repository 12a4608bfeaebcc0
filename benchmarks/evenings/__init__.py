"""Composed evenings: hours of household life at the level of scores, to choose the mood's constants and judge them."""
