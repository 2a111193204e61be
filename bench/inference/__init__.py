"""Part 1: one photo through NASNetMobile in every runtime that could do it."""
